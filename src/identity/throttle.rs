//! Who tries again and again must wait: longer each time, never for ever.
//!
//! What counts is a name from an address, and an address with whatever names. A name alone does not count: whoever knows
//! the chief's name could else keep the chief out from anywhere.

use std::{collections::HashMap, net::IpAddr};

use crate::model::{Timestamp, UserId};

/// So many tries of one name from one address are free.
const FREE_A_NAME: u32 = 5;
/// So many tries of one address are free, whatever the names: a station may share one.
const FREE_AN_ADDRESS: u32 = 30;
/// The longest wait of a name from an address, ms.
const WAIT_A_NAME_MS: i64 = 15 * 60_000;
/// The longest wait of an address, ms: others behind it may mean well.
const WAIT_AN_ADDRESS_MS: i64 = 60_000;
/// The first wait, ms. Each further try doubles it.
const WAIT_FIRST_MS: i64 = 1_000;
/// Tries are forgotten after so long without one, ms.
const FORGET_MS: i64 = 60 * 60_000;
/// The most that are remembered; beyond it the one that tried longest ago is forgotten.
const REMEMBERED_MAX: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Tries {
    count: u32,
    last: Timestamp,
}

/// The tries of the last hour that did not succeed.
#[derive(Debug, Default)]
pub struct Throttle {
    /// By name and address; without a name, all of an address.
    tries: HashMap<(Option<UserId>, IpAddr), Tries>,
}

impl Throttle {
    /// Counts a try before it is made; [`Self::forgive`] takes it back when it succeeds.
    ///
    /// # Errors
    /// How long to wait before the next, seconds, when this one comes too early. It then does not count.
    pub fn attempt(&mut self, user: Option<&UserId>, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        let keys = [(None, FREE_AN_ADDRESS, WAIT_AN_ADDRESS_MS), (user.cloned(), FREE_A_NAME, WAIT_A_NAME_MS)];
        let keys = keys.get(..if user.is_some() { 2 } else { 1 }).unwrap_or_default();
        for (user, free, longest) in keys {
            if let Some(tries) = self.tries.get(&(user.clone(), address)) {
                // A clock that is set back makes nobody wait longer.
                let since = now.ms_since(tries.last).max(0);
                let left = wait_ms(tries.count, *free, *longest) - since;
                if left > 0 && since < FORGET_MS {
                    return Err(u32::try_from(left / 1_000).unwrap_or_default() + 1);
                }
            }
        }
        for (user, ..) in keys {
            self.make_room();
            let tries = self.tries.entry((user.clone(), address)).or_insert(Tries { count: 0, last: now });
            let count = if now.ms_since(tries.last) > FORGET_MS { 0 } else { tries.count };
            *tries = Tries { count: count.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// Forgets the tries of a name from an address, and takes one of the address back: this one succeeded.
    pub fn forgive(&mut self, user: Option<&UserId>, address: IpAddr) {
        if let Some(user) = user {
            self.tries.remove(&(Some(user.clone()), address));
        }
        if let Some(tries) = self.tries.get_mut(&(None, address)) {
            tries.count = tries.count.saturating_sub(1);
        }
    }

    fn make_room(&mut self) {
        if self.tries.len() >= REMEMBERED_MAX {
            let oldest = self.tries.iter().min_by_key(|(_, tries)| tries.last).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.tries.remove(&key));
        }
    }
}

/// How long after so many tries the next may come.
fn wait_ms(count: u32, free: u32, longest: i64) -> i64 {
    match count.checked_sub(free) {
        None => 0,
        Some(beyond) => (WAIT_FIRST_MS << beyond.min(20)).min(longest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const AWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(1_000_000_000 + ms)
    }

    #[test]
    fn waits_double_up_to_their_longest_and_end() {
        let chief: UserId = "chief".parse().unwrap();
        let mut throttle = Throttle::default();
        for _ in 0..FREE_A_NAME {
            throttle.attempt(Some(&chief), AWAY, at(0)).unwrap();
        }
        let mut now = 0;
        for wait in [1_000, 2_000, 4_000, 8_000] {
            assert_eq!(throttle.attempt(Some(&chief), AWAY, at(now)), Err(wait as u32 / 1_000 + 1));
            now += wait;
            throttle.attempt(Some(&chief), AWAY, at(now)).unwrap();
        }
        throttle.attempt(Some(&chief), HOME, at(now)).unwrap();
        for _ in 0..30 {
            now += WAIT_A_NAME_MS;
            throttle.attempt(Some(&chief), AWAY, at(now)).unwrap();
        }
        assert_eq!(throttle.attempt(Some(&chief), AWAY, at(0)), Err((WAIT_AN_ADDRESS_MS / 1_000) as u32 + 1), "a clock set back");
        throttle.forgive(Some(&chief), AWAY);
        for _ in 0..FREE_A_NAME {
            throttle.attempt(Some(&chief), AWAY, at(now + WAIT_AN_ADDRESS_MS)).unwrap();
            now += WAIT_AN_ADDRESS_MS;
        }
    }

    #[test]
    fn an_address_that_tries_many_names_waits_too() {
        let mut throttle = Throttle::default();
        let name = |n: u32| format!("user-{n}").parse::<UserId>().unwrap();
        for n in 0..FREE_AN_ADDRESS {
            throttle.attempt(Some(&name(n)), AWAY, at(0)).unwrap();
        }
        assert_eq!(throttle.attempt(Some(&name(999)), AWAY, at(0)), Err(2));
        assert_eq!(throttle.attempt(None, AWAY, at(0)), Err(2));
        throttle.attempt(Some(&name(999)), HOME, at(0)).unwrap();
        throttle.attempt(Some(&name(999)), AWAY, at(FORGET_MS + 1)).unwrap();
        throttle.attempt(Some(&name(998)), AWAY, at(FORGET_MS + 2)).unwrap();
    }

    #[test]
    fn memory_has_an_end() {
        let mut throttle = Throttle::default();
        for n in 0..=REMEMBERED_MAX as u32 {
            throttle.attempt(None, IpAddr::V4(n.into()), at(n.into())).unwrap();
        }
        assert_eq!(throttle.tries.len(), REMEMBERED_MAX);
        assert!(!throttle.tries.contains_key(&(None, IpAddr::V4(0.into()))), "the oldest is forgotten");
    }
}
