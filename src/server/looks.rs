//! Who looked at whose track: on record once for each actor and unit in a stretch of time.
//!
//! Whoever asks for one unit by its id, or for the orders of one, has looked at it: a wall does as long as the unit is chosen or followed,
//! a program by its own questions. A map that shows all units, and a list, is no look at one.

use std::collections::HashMap;

use parking_lot::Mutex;
use serde_json::json;

use super::{App, audit::audit};
use crate::{
    access::Pass,
    journal::Noted,
    model::{Actor, Timestamp, UnitId},
};

/// For so long a look counts as one, milliseconds.
pub const STRETCH_MS: i64 = 600_000;
/// So many looks are remembered; when they are more, all are forgotten, and the next of each is on record again.
pub const LOOKS_MAX: usize = 65_536;

/// The looks that are on record already.
#[derive(Debug, Default)]
pub struct Looks {
    /// Since when; with whether the unit was shown. Held for a look into it alone.
    since: Mutex<HashMap<(Actor, UnitId, bool), Timestamp>>,
}

impl Looks {
    /// Whether a look is to be put on record. Some hundred nanoseconds.
    fn is_new(&self, actor: &Actor, unit: &UnitId, shown: bool, now: Timestamp) -> bool {
        let mut since = self.since.lock();
        let key = (actor.clone(), unit.clone(), shown);
        if since.get(&key).is_some_and(|since| (0..STRETCH_MS).contains(&now.ms_since(*since))) {
            return false;
        }
        if since.len() >= LOOKS_MAX {
            since.retain(|_, since| now.ms_since(*since) < STRETCH_MS);
        }
        if since.len() >= LOOKS_MAX {
            since.clear();
        }
        since.insert(key, now);
        true
    }
}

/// Puts on record that somebody looked at a unit, or that it was not `shown` to him. A unit that there is not is none.
pub fn look(app: &App, pass: &Pass, unit: &UnitId, shown: bool) {
    let is_one = shown || app.has_unit(unit);
    if is_one && app.looks.is_new(&pass.actor, unit, shown, app.bus.now()) {
        let what = if shown { Noted::UnitSeen } else { Noted::UnitHidden };
        audit(app, &pass.actor, what, format!("unit/{unit}"), json!({ "role": pass.role, "org": pass.org }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_counts_once_in_a_stretch_of_time() {
        let (looks, at) = (Looks::default(), Timestamp::from_unix_ms);
        let (li, wang): (Actor, Actor) = ("user:li.na".parse().unwrap(), "user:wang".parse().unwrap());
        let (car, other): (UnitId, UnitId) = ("car-1".parse().unwrap(), "car-2".parse().unwrap());
        assert!(looks.is_new(&li, &car, true, at(0)));
        assert!(!looks.is_new(&li, &car, true, at(STRETCH_MS - 1)));
        assert!(looks.is_new(&wang, &car, true, at(1)) && looks.is_new(&li, &other, true, at(1)) && looks.is_new(&li, &car, false, at(1)));
        assert!(looks.is_new(&li, &car, true, at(STRETCH_MS)), "he looks still");
        assert!(looks.is_new(&li, &car, true, at(5)), "the clock was set back");
    }

    #[test]
    fn memory_is_bounded_and_no_first_look_is_missed() {
        let looks = Looks::default();
        let unit = |n: usize| format!("u-{n}").parse::<UnitId>().unwrap();
        for n in 0..3 * LOOKS_MAX {
            assert!(looks.is_new(&Actor::Machine, &unit(n), true, Timestamp::from_unix_ms(1)));
            assert!(looks.since.lock().len() <= LOOKS_MAX);
        }
        assert!(!looks.is_new(&Actor::Machine, &unit(3 * LOOKS_MAX - 1), true, Timestamp::from_unix_ms(1)));
    }
}
