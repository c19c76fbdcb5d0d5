//! The word to stop, from whoever hears the signal to everything that runs.

use tokio::sync::watch;

/// Says stop. Dropping it says so too.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears it.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// A pair.
#[must_use]
pub fn stop() -> (Stopper, Stop) {
    let (says, hears) = watch::channel(false);
    (Stopper(says), Stop(hears))
}

impl Stopper {
    /// Says stop, once and for all.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// The same for doors that know no more than a channel: true is stop.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.0.clone()
    }

    /// Whether it was said.
    #[must_use]
    pub fn is_said(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Resolves when it is said. Safe to be dropped and called again.
    pub async fn said(&mut self) {
        // An error means that nobody is left who could say it: the same.
        let _said = self.0.wait_for(|said| *said).await.is_ok();
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
}
