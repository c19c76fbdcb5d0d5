//! Snapshots: what follows from the journal up to a row, so that a start need not fold it all again. Never needed for the truth.
//!
//! One file, `snapshot.json`, replaced whole. Its first line says what it is of: the row, that row's hash, the digest of the city's files, the
//! program, the digest of the rest. A snapshot that does not fit in any of them is told and ignored, and the journal is folded from its start.

use std::{
    fs::{self, File},
    io::{self, Write},
    ops::ControlFlow,
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Applied, keys::Keys, versions::Versions};
use crate::{
    engine::{State, Subject, World},
    journal::{ASK_BYTES, HASH_BYTES, JournalError, Key, Log, Row},
    model::Actor,
};

/// The file in the state folder.
pub const SNAPSHOT_FILE: &str = "snapshot.json";
/// Whose snapshots are read: how events are folded may change from version to version.
const PROGRAM: &str = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), " snapshot 1");

pub(super) type Hash = [u8; HASH_BYTES];

/// What a snapshot is of.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    program: String,
    /// The last row that it counts.
    seq: u64,
    /// That row's hash.
    hash: Hash,
    /// The digest of what the city's files say.
    base: Hash,
    /// The digest of the rest of the file.
    body: Hash,
}

/// A key as a snapshot has it.
#[derive(Debug, Serialize, Deserialize)]
struct Done {
    actor: Actor,
    key: String,
    ask: [u8; ASK_BYTES],
    seq: u64,
    subject: String,
    event: String,
    made: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Body {
    state: State,
    /// The last event of each unit, by number.
    units: Vec<u64>,
    /// Of each other thing, and whether it removed it.
    others: Vec<(String, u64, bool)>,
    /// The first to be done first.
    keys: Vec<Done>,
}

/// What follows from the journal up to a row.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) seq: u64,
    pub(super) state: State,
    pub(super) versions: Versions,
    pub(super) keys: Keys,
}

/// The digest of what the city's files say: of a world that has no event yet.
pub(super) fn base(world: &World) -> Hash {
    let mut sha = Sha256::new();
    // Writing into a digest cannot fail, and a state always serializes.
    let _ = serde_json::to_writer(HashWriter(&mut sha), &world.state());
    sha.finalize().into()
}

struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A copy of all that a snapshot is made of. Nobody may apply events meanwhile.
#[derive(Debug)]
pub(super) struct Capture {
    state: State,
    units: Vec<u64>,
    others: Vec<(Subject, u64, bool)>,
    keys: Vec<(Actor, Key, Applied)>,
}

impl Capture {
    pub(super) fn new(world: &World, versions: &Versions, keys: &Keys) -> Self {
        let (units, others) = versions.all();
        Self { state: world.state(), units, others, keys: keys.all() }
    }

    /// Writes it in place of the snapshot that there is: never half of it.
    pub(super) fn write(self, folder: &Path, (seq, hash): (u64, Hash), base: Hash) -> io::Result<()> {
        let Self { state, units, others, keys } = self;
        let others = others.into_iter().map(|(subject, seq, removed)| (subject.to_string(), seq, removed)).collect();
        let done = |(actor, key, Applied { seq, subject, event, made }): (Actor, Key, Applied)| Done {
            actor,
            key: key.to_string(),
            ask: *key.ask(),
            seq,
            subject: subject.to_string(),
            event: event.to_string(),
            made,
        };
        let body = serde_json::to_vec(&Body { state, units, others, keys: keys.into_iter().map(done).collect() })?;
        let head = Head { program: PROGRAM.to_owned(), seq, hash, base, body: Sha256::digest(&body).into() };
        let mut head = serde_json::to_vec(&head)?;
        head.push(b'\n');
        replace(&folder.join(SNAPSHOT_FILE), &[&head, &body])
    }
}

/// Replaces a file whole: after a crash it is the old one or the new one.
pub(super) fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let unfinished = path.with_file_name(name);
    let mut file = File::create(&unfinished)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Reads the snapshot of a journal; none where there is none. One that does not fit is told.
pub(super) fn read(journal: &dyn Log, base: Hash) -> Option<Snapshot> {
    let path = journal.folder()?.join(SNAPSHOT_FILE);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => Err(error.to_string()),
        Ok(bytes) => Ok(bytes),
    };
    match bytes.and_then(|bytes| parse(&bytes, journal, base)) {
        Ok(snapshot) => Some(snapshot),
        Err(why) => {
            tracing::warn!(path = %path.display(), why, "the snapshot is ignored, and the whole journal is folded");
            None
        }
    }
}

fn parse(bytes: &[u8], journal: &dyn Log, base: Hash) -> Result<Snapshot, String> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or("it has no head")?;
    let (head, body) = (bytes.get(..end).unwrap_or_default(), bytes.get(end + 1..).unwrap_or_default());
    let told = |error: serde_json::Error| error.to_string();
    let head: Head = serde_json::from_slice(head).map_err(told)?;
    if head.program != PROGRAM {
        return Err(format!("`{}` made it, and this is `{PROGRAM}`", head.program));
    }
    if Hash::from(Sha256::digest(body)) != head.body {
        return Err("it is damaged".to_owned());
    }
    if head.base != base {
        return Err("the city's files are others now".to_owned());
    }
    let mut is_of_it = false;
    let mut look = |row: &Row<'_>| {
        is_of_it = row.seq == head.seq && row.hash == head.hash;
        ControlFlow::Break(())
    };
    journal.read(head.seq, &mut look).map_err(|error: JournalError| error.to_string())?;
    if !is_of_it {
        return Err(format!("row {} of the journal is not the one that it was made at", head.seq));
    }
    let Body { state, units, others, keys: done } = serde_json::from_slice(body).map_err(told)?;
    let mut keys = Keys::default();
    for Done { actor, key, ask, seq, subject, event, made } in done {
        let key = Key::from_row(&key, &ask).map_err(|error| error.to_string())?;
        let subject = subject.parse().map_err(|error: crate::engine::SubjectError| error.to_string())?;
        keys.keep(&actor, &key, Applied { seq, subject, event: event.into(), made });
    }
    Ok(Snapshot { seq: head.seq, state, versions: Versions::of(units, others)?, keys })
}
