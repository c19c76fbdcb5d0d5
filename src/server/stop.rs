//! The word to stop, from whoever hears the signal to everything that runs.

use tokio::sync::watch;

/// Says stop. Dropping it says so too.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears it.
#[derive(Debug, Clone)]
pub struct Stop {
    server: watch::Receiver<bool>,
    /// The end of what opened a socket: its session or token.
    own: Option<watch::Receiver<bool>>,
}

/// A pair.
#[must_use]
pub fn stop() -> (Stopper, Stop) {
    let (says, hears) = watch::channel(false);
    (Stopper(says), Stop { server: hears, own: None })
}

impl Stopper {
    /// Says stop, once and for all.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// The same, said too when what opened a socket ends.
    #[must_use]
    pub fn or(&self, own: watch::Receiver<bool>) -> Self {
        Self { server: self.server.clone(), own: Some(own) }
    }

    /// The same for doors that know no more than a channel: true is stop.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.server.clone()
    }

    /// Whether it was said.
    #[must_use]
    pub fn is_said(&self) -> bool {
        let said = |hears: &watch::Receiver<bool>| *hears.borrow() || hears.has_changed().is_err();
        said(&self.server) || self.own.as_ref().is_some_and(said)
    }

    /// Resolves when it is said. Safe to be dropped and called again.
    pub async fn said(&mut self) {
        let Self { server, own } = self;
        // An error means that nobody is left who could say it: the same.
        let own = async {
            match own {
                Some(own) => own.wait_for(|said| *said).await.is_ok(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = server.wait_for(|said| *said) => {}
            _ = own => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stop_is_heard_by_all_and_stays_said() {
        let (stopper, mut one) = stop();
        let mut two = one.clone();
        assert!(!one.is_said());
        stopper.stop();
        one.said().await;
        two.said().await;
        two.said().await;
        assert!(one.is_said());
        let (stopper, mut orphan) = stop();
        drop(stopper);
        orphan.said().await;
        assert!(orphan.is_said());
    }

    #[tokio::test]
    async fn a_socket_hears_the_end_of_its_session_too() {
        let (stopper, stop) = stop();
        let ends = watch::Sender::new(false);
        let mut socket = stop.or(ends.subscribe());
        assert!(!socket.is_said());
        ends.send_replace(true);
        socket.said().await;
        assert!(socket.is_said() && !stop.is_said());
        let mut socket = stop.or(watch::Sender::new(false).subscribe());
        socket.said().await;
        let ends = watch::Sender::new(false);
        let mut socket = stop.or(ends.subscribe());
        stopper.stop();
        socket.said().await;
    }
}
