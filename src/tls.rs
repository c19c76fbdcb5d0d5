//! TLS on the doors: a certificate and its key from files, read anew when the files change, and sockets with or without it; and what
//! a client needs.

use std::{
    fs,
    io::{self, IoSlice},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ClientConfig, RootCertStore, ServerConfig, crypto::ring, server::WebPkiClientVerifier},
    server::TlsStream,
};

/// The files of a door. Paths that are not absolute count from where the server was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, PEM, then those above it up to the authority's own.
    pub certificate: PathBuf,
    /// Its private key, PEM: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
    /// The authorities of clients' certificates, PEM: whoever has no certificate of theirs is not let in. None: no client is asked.
    pub client_ca: Option<PathBuf>,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no PEM, or holds nothing of the kind.
    #[error("{path} has no {what} in PEM: {source}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        what: &'static str,
        /// Why.
        source: pem::Error,
    },
    /// Certificate and key do not go together, or cannot be used.
    #[error("certificate {certificate} with key {key}: {source}")]
    Pair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The authorities of clients cannot be used.
    #[error("client_ca {path}: {message}")]
    ClientCa {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// The authorities of servers cannot be used.
    #[error("the authorities of {from}: {message}")]
    Authorities {
        /// Their file, or the system.
        from: String,
        /// Why.
        message: String,
    },
}

/// When the files were written, and how long they are: what shows that one changed.
type Stamp = Vec<Option<(SystemTime, u64)>>;

/// The TLS of one door.
#[derive(Debug)]
pub struct Tls {
    files: TlsFiles,
    /// The application protocols that are offered, e.g. `http/1.1`.
    protocols: &'static [&'static [u8]],
    /// What new connections get: swapped whole, so that a certificate never meets another one's key.
    current: ArcSwap<ServerConfig>,
    /// Of the files as they were read last, good or bad: a wrong one is told once.
    stamp: Mutex<Stamp>,
}

impl Tls {
    /// Reads the files of a door.
    ///
    /// # Errors
    /// [`TlsError`] names the file and what is wrong with it.
    pub fn open(files: TlsFiles, protocols: &'static [&'static [u8]]) -> Result<Self, TlsError> {
        let stamp = files.stamp();
        let current = files.load(protocols)?;
        Ok(Self { files, protocols, current: ArcSwap::from_pointee(current), stamp: Mutex::new(stamp) })
    }

    /// Reads the files anew. Connections that are open keep what they have; when a file is wrong, so do new ones.
    ///
    /// # Errors
    /// [`TlsError`]: what was read before stays in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        *self.stamp.lock() = self.files.stamp();
        self.current.store(Arc::new(self.files.load(self.protocols)?));
        Ok(())
    }

    /// Reads the files anew where one of them changed since. Whether it did. Asks the file system for their times alone otherwise.
    ///
    /// # Errors
    /// [`TlsError`]: what was read before stays in use.
    pub fn reload_changed(&self) -> Result<bool, TlsError> {
        if *self.stamp.lock() == self.files.stamp() {
            return Ok(false);
        }
        self.reload().map(|()| true)
    }
}

impl TlsFiles {
    fn stamp(&self) -> Stamp {
        let of = |path: &Path| fs::metadata(path).and_then(|found| Ok((found.modified()?, found.len()))).ok();
        [Some(&self.certificate), Some(&self.key), self.client_ca.as_ref()].into_iter().flatten().map(|path| of(path)).collect()
    }

    fn load(&self, protocols: &[&[u8]]) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let chain = certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?).map_err(|source| TlsError::Pem {
            path: self.key.clone(),
            what: "private key",
            source,
        })?;
        let pair = |source| TlsError::Pair { certificate: self.certificate.clone(), key: self.key.clone(), source };
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().map_err(pair)?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let wrong = |message: String| TlsError::ClientCa { path: path.clone(), message };
                let mut roots = RootCertStore::empty();
                for authority in certificates(path)? {
                    roots.add(authority).map_err(|error| wrong(error.to_string()))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.map_err(|error| wrong(error.to_string()))?)
            }
        };
        let mut config = builder.with_single_cert(chain, key).map_err(pair)?;
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(config)
    }
}

/// What a client needs that trusts the authorities of a file, PEM; those of the system where there is none.
///
/// # Errors
/// [`TlsError`] when there are none, or they cannot be read.
pub fn client(authorities: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let from = authorities.map_or_else(|| "the system".to_owned(), |path| path.display().to_string());
    let wrong = |message: String| TlsError::Authorities { from: from.clone(), message };
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(path) => {
            for authority in certificates(path)? {
                roots.add(authority).map_err(|error| wrong(error.to_string()))?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            // Among those of a system are some that nobody can use any more.
            let (good, _) = roots.add_parsable_certificates(found.certs);
            if good == 0 {
                let why = found.errors.first().map_or_else(|| "there are none".to_owned(), ToString::to_string);
                return Err(wrong(why));
            }
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| wrong(error.to_string()))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = |source| TlsError::Pem { path: path.to_owned(), what: "certificate", source };
    let found = CertificateDer::pem_slice_iter(&read(path)?).collect::<Result<Vec<_>, _>>().map_err(pem)?;
    if found.is_empty() { Err(pem(pem::Error::NoItemsFound)) } else { Ok(found) }
}

/// A connection of a door, with TLS or without.
#[derive(Debug)]
pub enum Stream {
    /// Without.
    Plain(TcpStream),
    /// With. Boxed: it is large, and most doors have none.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Shakes hands where the door has TLS.
    ///
    /// # Errors
    /// What went wrong, or [`io::ErrorKind::TimedOut`] when it takes longer than `within`.
    pub async fn accept(tls: Option<&Tls>, stream: TcpStream, within: Duration) -> io::Result<Self> {
        let Some(tls) = tls else { return Ok(Self::Plain(stream)) };
        let shaking = TlsAcceptor::from(tls.current.load_full()).accept(stream);
        let shaken = tokio::time::timeout(within, shaking).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
        Ok(Self::Tls(Box::new(shaken?)))
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(self: Pin<&mut Self>, context: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
