//! The certificates of the doors, looked after while the server runs.

use std::{sync::Arc, time::Duration};

use tokio::signal::unix::Signal;

use super::serve::ServeError;
use crate::{
    config::Config,
    tls::{Tls, TlsError},
};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// The certificates of the doors that have any.
#[derive(Debug, Clone)]
pub(super) struct Certificates {
    /// Of HTTP and WebSockets.
    pub(super) http: Option<Arc<Tls>>,
    /// Of gateways.
    pub(super) gateway: Option<Arc<Tls>>,
}

impl Certificates {
    /// Reads them.
    ///
    /// # Errors
    /// [`ServeError`] names the file that is wrong.
    pub(super) fn open(config: &Config) -> Result<Self, ServeError> {
        let open = |files, protocols| Tls::open(files, protocols).map(Arc::new);
        let http = config.http.tls_files()?.map(|files| open(files, &[b"http/1.1"])).transpose()?;
        let gateway = config.gateway.tls_files()?.map(|files| open(files, &[])).transpose()?;
        Ok(Self { http, gateway })
    }

    /// Reads them anew when their files change, and when the process is hung up on. A wrong one is told, and the old one stays.
    pub(super) async fn watch(self, mut hangup: Signal) {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            let is_asked = tokio::select! {
                heard = hangup.recv() => heard.is_some(),
                _ = looks.tick() => false,
            };
            for (door, tls) in [("http", &self.http), ("gateway", &self.gateway)] {
                let Some(tls) = tls else { continue };
                told(door, if is_asked { tls.reload().map(|()| true) } else { tls.reload_changed() });
            }
        }
    }
}

fn told(door: &str, read: Result<bool, TlsError>) {
    match read {
        Ok(true) => tracing::info!("the certificate of {door} is read anew"),
        Ok(false) => {}
        Err(error) => tracing::error!(%error, "the certificate of {door} cannot be read anew: the one before stays in use"),
    }
}
