//! How often one may ask: a token bucket for each of those who do, in a table with a bound.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash},
    net::IpAddr,
    time::Instant,
};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{
    measure,
    problem::{Problem, ProblemKind},
};
use crate::model::Actor;

const SECOND_NS: u64 = 1_000_000_000;

/// How often a full table is looked through at most, nanoseconds: it costs some 10 us for each thousand.
const SWEEP_NS: u64 = SECOND_NS;

/// How often one may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Requests a second, in the long run.
    pub requests_per_s: u32,
    /// Requests at once, after a silence.
    pub burst: u32,
    /// Of how many addresses is kept how often they ask. When more ask than that, those that are not kept share one rate.
    pub addresses_max: usize,
    /// Requests a second of one person or program, from wherever it asks, in the long run.
    pub actor_requests_per_s: u32,
    /// Its requests at once, after a silence.
    pub actor_burst: u32,
    /// Of how many people and programs is kept how often they ask. When more ask than that, those that are not kept share one rate.
    pub actors_max: usize,
    /// Whether programs of this machine are limited, too.
    pub this_machine: bool,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            requests_per_s: 200,
            burst: 1_000,
            addresses_max: 10_000,
            actor_requests_per_s: 200,
            actor_burst: 1_000,
            actors_max: 10_000,
            this_machine: false,
        }
    }
}

/// Who sent a request, as far as the network knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client(pub IpAddr);

/// How often each address asks, and each person and program.
#[derive(Debug)]
pub struct Askers {
    limits: RateLimits,
    addresses: Rates<IpAddr>,
    /// By the hash of their name: should two of 64 bits ever meet, they share a rate.
    actors: Rates<u64>,
    hasher: foldhash::fast::RandomState,
    start: Instant,
}

impl Askers {
    /// Nobody has asked yet.
    #[must_use]
    pub fn new(limits: RateLimits) -> Self {
        let addresses = Rates::new(limits.requests_per_s, limits.burst, limits.addresses_max);
        let actors = Rates::new(limits.actor_requests_per_s, limits.actor_burst, limits.actors_max);
        Self { limits, addresses, actors, hasher: Default::default(), start: Instant::now() }
    }

    /// Counts a request of an address, before anything else of it is looked at. Some 50 ns.
    ///
    /// # Errors
    /// A 429 problem that says when to ask again.
    pub fn take(&self, client: IpAddr) -> Result<(), Problem> {
        if self.is_free(client) {
            return Ok(());
        }
        let RateLimits { requests_per_s, burst, .. } = self.limits;
        self.addresses.take(asker(client), self.now_ns()).map_err(|seconds| too_often("your address asks", requests_per_s, burst, seconds))
    }

    /// Counts a request of somebody who is known, from whatever address. Some 50 ns.
    ///
    /// # Errors
    /// A 429 problem that says when to ask again.
    pub fn take_of(&self, actor: &Actor, client: IpAddr) -> Result<(), Problem> {
        if self.is_free(client) {
            return Ok(());
        }
        let RateLimits { actor_requests_per_s, actor_burst, .. } = self.limits;
        let taken = self.actors.take(self.hasher.hash_one(actor), self.now_ns());
        taken.map_err(|seconds| too_often("you ask, from all addresses together,", actor_requests_per_s, actor_burst, seconds))
    }

    const fn is_free(&self, client: IpAddr) -> bool {
        client.is_loopback() && !self.limits.this_machine
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cold]
fn too_often(who: &str, requests_per_s: u32, burst: u32, seconds: u32) -> Problem {
    metrics::counter!(measure::TOO_OFTEN).increment(1);
    let detail = format!("{who} more often than {requests_per_s} times a second after {burst} at once: ask again in {seconds} s");
    Problem::new(ProblemKind::TooOften, detail).retry_after_s(seconds)
}

/// One who asks: an address, or of IPv6 the network of 64 bits, since whoever has one address of it has all.
fn asker(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
    }
}

/// The buckets. Each is one number: when it would be full again (the generic cell rate algorithm).
#[derive(Debug)]
pub struct Rates<K> {
    /// Between two requests in the long run, nanoseconds.
    interval_ns: u64,
    /// So far ahead of now a bucket may be, nanoseconds.
    depth_ns: u64,
    kept_max: usize,
    /// One lock: it is held for one look-up, some 50 ns.
    table: Mutex<Table<K>>,
}

#[derive(Debug)]
struct Table<K> {
    /// When each one's bucket is full again, nanoseconds.
    full_ns: HashMap<K, u64, foldhash::fast::RandomState>,
    /// That of all who found no place.
    others_ns: u64,
    swept_ns: u64,
}

impl<K: Eq + Hash> Rates<K> {
    /// Buckets of `burst` requests that fill by `requests_per_s`, for `kept_max` who ask.
    #[must_use]
    pub fn new(requests_per_s: u32, burst: u32, kept_max: usize) -> Self {
        let interval_ns = SECOND_NS / u64::from(requests_per_s.max(1));
        let table = Table { full_ns: HashMap::default(), others_ns: 0, swept_ns: 0 };
        Self { interval_ns, depth_ns: interval_ns * u64::from(burst.max(1)), kept_max, table: Mutex::new(table) }
    }

    /// Takes one request of `who` from its bucket; `now_ns` is any clock that never goes back. Some 50 ns; looks through the whole
    /// table once a second at most, and only while it is full.
    ///
    /// # Errors
    /// In how many seconds there is one again.
    pub fn take(&self, who: K, now_ns: u64) -> Result<(), u32> {
        let mut table = self.table.lock();
        let table = &mut *table;
        if table.full_ns.len() >= self.kept_max && !table.full_ns.contains_key(&who) && now_ns >= table.swept_ns + SWEEP_NS {
            // A bucket that is full says no more than none.
            table.full_ns.retain(|_, full_ns| *full_ns > now_ns);
            table.swept_ns = now_ns;
        }
        let is_full = table.full_ns.len() >= self.kept_max;
        let full_ns = match table.full_ns.get_mut(&who) {
            Some(full_ns) => full_ns,
            None if is_full => &mut table.others_ns,
            None => table.full_ns.entry(who).or_insert(now_ns),
        };
        let next_ns = now_ns.max(*full_ns) + self.interval_ns;
        if next_ns > now_ns + self.depth_ns {
            let wait_s = (next_ns - now_ns - self.depth_ns).div_ceil(SECOND_NS);
            return Err(u32::try_from(wait_s).unwrap_or(u32::MAX));
        }
        *full_ns = next_ns;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_then_so_many_a_second() {
        let rates = Rates::new(10, 5, 100);
        let start = 7 * SECOND_NS;
        let taken = |now_ns: u64| (0..50).take_while(|_| rates.take("a", now_ns).is_ok()).count();
        assert_eq!(taken(start), 5);
        assert_eq!(rates.take("a", start), Err(1), "the next is there in a tenth of a second");
        rates.take("b", start).unwrap();
        assert_eq!(taken(start + SECOND_NS / 10), 1);
        assert_eq!(taken(start + SECOND_NS / 10 + SECOND_NS / 5), 2);
        assert_eq!(taken(start + 60 * SECOND_NS), 5, "a long silence does not save up more than a burst");
        let slow = Rates::new(1, 1, 100);
        slow.take("a", start).unwrap();
        assert_eq!(slow.take("a", start), Err(1));
        assert_eq!(slow.take("a", start + SECOND_NS), Ok(()));
    }

    #[test]
    fn the_table_has_a_bound_and_whoever_finds_no_place_shares_one() {
        let rates = Rates::new(1, 2, 3);
        for who in 0..3 {
            rates.take(who, SECOND_NS).unwrap();
        }
        let others = (3..1_000).filter(|who| rates.take(*who, SECOND_NS).is_ok()).count();
        assert_eq!((others, rates.table.lock().full_ns.len()), (2, 3));
        rates.take(0, SECOND_NS).unwrap();
        assert!(rates.take(0, SECOND_NS).is_err(), "those who have a place keep their own count");
        // A second on, the buckets of 1 and 2 are full again and make room.
        rates.take(2_000, 2 * SECOND_NS).unwrap();
        rates.take(2_000, 2 * SECOND_NS).unwrap();
        assert!(rates.take(2_000, 2 * SECOND_NS).is_err());
        assert_eq!(rates.table.lock().full_ns.len(), 2);
    }

    #[test]
    fn a_person_has_one_rate_wherever_he_asks() {
        let limits = RateLimits { actor_requests_per_s: 1, actor_burst: 3, actors_max: 2, ..RateLimits::default() };
        let askers = Askers::new(limits);
        let address = |n: u8| IpAddr::from([10, 0, 0, n]);
        let actor = |id: &str| id.parse::<Actor>().unwrap();
        let li = actor("user:li.na");
        for n in 0..3 {
            askers.take_of(&li, address(n)).unwrap();
        }
        let problem = askers.take_of(&li, address(9)).unwrap_err();
        assert!(problem.kind() == ProblemKind::TooOften && problem.detail().contains("from all addresses together"), "{problem:?}");
        askers.take_of(&actor("program:li.na"), address(0)).unwrap();
        askers.take_of(&li, IpAddr::from([127, 0, 0, 1])).unwrap();
        // The table is full: whoever else asks shares one rate.
        let others = (0..10).filter(|n| askers.take_of(&actor(&format!("user:u{n}")), address(0)).is_ok()).count();
        assert_eq!((others, askers.actors.table.lock().full_ns.len()), (3, 2));
    }

    #[test]
    fn an_asker_is_an_address_or_a_network() {
        let of = |text: &str| asker(text.parse().unwrap()).to_string();
        assert_eq!(of("10.1.2.3"), "10.1.2.3");
        assert_eq!(of("::ffff:10.1.2.3"), "10.1.2.3");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
