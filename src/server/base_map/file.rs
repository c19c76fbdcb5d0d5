//! The file of a base map, which somebody may replace while it is served.

use std::{
    fs::{File, Metadata},
    io,
    ops::Range,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::Mutex;

use super::header::{self, About, HEADER_BYTES, HeaderError};

/// Why there is no base map.
#[derive(Debug, thiserror::Error)]
pub enum BaseMapError {
    /// The file cannot be read.
    #[error("map.pmtiles = {path:?} is wrong: it cannot be read ({source}): give a PMTiles file, or \"\" for none")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is none that a wall can draw.
    #[error("map.pmtiles = {path:?} is wrong: {source}")]
    Header {
        /// The file.
        path: PathBuf,
        /// Why.
        source: HeaderError,
    },
    /// The file was written over while it was read.
    #[error("map.pmtiles = {path:?} changed while it was read: put a new one in its place by renaming, never by writing into it")]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

/// By which a file is known: another one, or one that was written to, has another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    size: u64,
    inode: u64,
    modified: (i64, i64),
}

impl From<Metadata> for Stamp {
    fn from(of: Metadata) -> Self {
        Self { size: of.size(), inode: of.ino(), modified: (of.mtime(), of.mtime_nsec()) }
    }
}

/// A file that was checked, held open: what it holds stays, whatever is put in its place.
#[derive(Debug)]
pub struct Held {
    file: File,
    stamp: Stamp,
    about: About,
}

impl Held {
    /// Its length, bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.stamp.size
    }

    /// Its `ETag`, a strong one.
    #[must_use]
    pub fn etag(&self) -> String {
        let Stamp { size, inode, modified: (s, ns) } = self.stamp;
        format!("\"{size:x}-{inode:x}-{s:x}-{ns:x}\"")
    }

    fn is_unchanged(&self) -> bool {
        self.file.metadata().is_ok_and(|now| Stamp::from(now) == self.stamp)
    }
}

/// The file that the configuration names.
#[derive(Debug)]
pub struct BaseFile {
    path: PathBuf,
    /// The newest that was right: shared, so that who reads it has it while another takes its place.
    held: Mutex<Arc<Held>>,
    /// What the log was told of last: once for each file, not for each question.
    told: Mutex<Option<Stamp>>,
}

impl BaseFile {
    /// Opens and checks a file. Blocks.
    ///
    /// # Errors
    /// [`BaseMapError`] names the file, what is wrong with it and what is right.
    pub fn open(path: &Path) -> Result<Self, BaseMapError> {
        let held = hold(path)?;
        Ok(Self { path: path.to_owned(), told: Mutex::new(Some(held.stamp)), held: Mutex::new(Arc::new(held)) })
    }

    /// What the newest right file is.
    #[must_use]
    pub fn about(&self) -> About {
        self.held.lock().about
    }

    /// The file as it is now: one that was put in its place since is checked and taken; a wrong one is told in the log, and the old one
    /// stays as long as nobody writes into it. Blocks for as long as it takes to look at a file.
    ///
    /// # Errors
    /// [`BaseMapError`] where the file that was held is written over and is none any more.
    pub fn now(&self) -> Result<Arc<Held>, BaseMapError> {
        let held = self.held.lock().clone();
        let there = std::fs::metadata(&self.path).ok().map(Stamp::from);
        if there == Some(held.stamp) {
            return Ok(held);
        }
        let is_news = std::mem::replace(&mut *self.told.lock(), there) != there;
        match hold(&self.path) {
            Ok(new) => {
                tracing::info!(path = %self.path.display(), "the base map is a new one");
                let new = Arc::new(new);
                *self.held.lock() = new.clone();
                Ok(new)
            }
            Err(error) => {
                let stays = held.is_unchanged();
                if is_news {
                    tracing::warn!(%error, stays, "the base map is not a new one");
                }
                if stays { Ok(held) } else { Err(error) }
            }
        }
    }

    /// Reads some of a file that is held. Blocks.
    ///
    /// # Errors
    /// [`BaseMapError`] where it cannot be read, or was written into meanwhile.
    pub fn read(&self, held: &Held, range: &Range<u64>) -> Result<Vec<u8>, BaseMapError> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        let read = held.file.read_exact_at(&mut bytes, range.start);
        if !held.is_unchanged() {
            return Err(BaseMapError::Changed { path: self.path.clone() });
        }
        read.map_err(|source| BaseMapError::Read { path: self.path.clone(), source })?;
        Ok(bytes)
    }
}

fn hold(path: &Path) -> Result<Held, BaseMapError> {
    let read = |source| BaseMapError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(read)?;
    let of = file.metadata().map_err(read)?;
    if !of.is_file() {
        return Err(read(io::Error::other("it is no file")));
    }
    let stamp = Stamp::from(of);
    let mut first = vec![0; HEADER_BYTES.min(stamp.size as usize)];
    file.read_exact_at(&mut first, 0).map_err(read)?;
    let about = header::read(&first, stamp.size).map_err(|source| BaseMapError::Header { path: path.to_owned(), source })?;
    Ok(Held { file, stamp, about })
}
