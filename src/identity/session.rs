//! A session: somebody signed in, in one browser.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicI64, Ordering},
};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Limits;
use crate::model::{Timestamp, UserId};

/// A session that is open.
#[derive(Debug, Serialize, Deserialize)]
pub struct Session {
    /// Whose.
    pub user: UserId,
    /// From where it was opened.
    pub address: IpAddr,
    /// When it was opened.
    pub created: Timestamp,
    /// When it was last used, UTC ms. Written while others read the session.
    seen_ms: AtomicI64,
    /// What of that is on the disk.
    #[serde(skip)]
    kept_ms: AtomicI64,
    /// Says that it ended, to the sockets that it opened.
    #[serde(skip)]
    pub(super) ends: watch::Sender<bool>,
}

impl Session {
    pub(super) fn new(user: UserId, address: IpAddr, now: Timestamp) -> Self {
        let seen_ms = AtomicI64::new(now.unix_ms());
        Self { user, address, created: now, seen_ms, kept_ms: AtomicI64::new(now.unix_ms()), ends: watch::Sender::default() }
    }

    /// When it was last used.
    #[must_use]
    pub fn seen(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.seen_ms.load(Ordering::Relaxed))
    }

    /// When it ends at the latest if nobody uses it again.
    #[must_use]
    pub fn until(&self, limits: Limits) -> Timestamp {
        self.created.plus_ms(limits.session_ms).min(self.seen().plus_ms(limits.idle_ms))
    }

    /// Uses it, if it has not ended.
    pub(super) fn touch(&self, now: Timestamp, limits: Limits) -> bool {
        let open = now < self.until(limits);
        if open {
            self.seen_ms.fetch_max(now.unix_ms(), Ordering::Relaxed);
        }
        open
    }

    /// Whether the disk knows less than a minute's worth; it is then taken to know all.
    pub(super) fn wants_keeping(&self) -> bool {
        let seen = self.seen_ms.load(Ordering::Relaxed);
        seen - self.kept_ms.swap(seen, Ordering::Relaxed) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_old_or_idle() {
        let limits = Limits { session_ms: 1_000, idle_ms: 300 };
        let at = Timestamp::from_unix_ms;
        let session = Session::new("li.na".parse().unwrap(), IpAddr::from([127, 0, 0, 1]), at(0));
        for now in [200, 400, 600, 800, 999] {
            assert!(session.touch(at(now), limits), "{now}");
        }
        assert!(!session.touch(at(1_000), limits), "old");
        let session = Session::new("li.na".parse().unwrap(), IpAddr::from([127, 0, 0, 1]), at(0));
        assert!(!session.touch(at(300), limits), "idle");
        assert!(!session.wants_keeping());
        assert!(session.touch(at(200), limits) && session.wants_keeping() && !session.wants_keeping());
        let kept: Session = serde_json::from_str(&serde_json::to_string(&session).unwrap()).unwrap();
        assert_eq!((kept.seen(), kept.created, kept.user), (at(200), at(0), session.user));
    }
}
