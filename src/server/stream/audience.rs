//! Those who may see the same: what they see, and the roster of it.

use axum::body::Bytes;
use parking_lot::Mutex;

use super::{
    form::{Format, put_text},
    hub::State,
    message,
};
use crate::{
    engine::{Sight, UnitView, World},
    model::{OrgId, UnitNo},
};

/// How many units a roster message holds.
const ROSTER_UNITS_MAX: usize = 256;

/// Those who may see the same.
#[derive(Debug)]
pub(super) struct Audience {
    pub(super) org: Option<OrgId>,
    /// The loans by which it sees what it sees.
    pub(super) loans: u64,
    pub(super) sight: Sight,
    /// The whole roster by form, as of a tick in which any of it changed last: one after a restart is for everybody.
    whole: Mutex<Vec<(Format, u64, Bytes)>>,
}

impl Audience {
    pub(super) fn new(org: Option<OrgId>, world: &World) -> Self {
        // The loans first: a sight taken after is of those or newer ones.
        let loans = loans(org.as_ref(), world);
        let sight = world.sight(org.as_ref());
        Self { org, loans, sight, whole: Mutex::default() }
    }

    /// Whether what it sees is what its organisation sees now.
    pub(super) fn is_of(&self, world: &World) -> bool {
        self.loans == loans(self.org.as_ref(), world)
    }

    /// Appends the roster of those that are seen and were registered or edited after a tick.
    pub(super) fn put_roster(&self, out: &mut Vec<u8>, format: Format, state: &State, world: &World, since: u64) {
        if since < state.rosters.newest {
            let told = state.rosters.after(since).filter_map(|no| world.unit_by_no(no)).filter(|unit| self.sees(unit));
            put_lines(out, format, &told.map(|unit| line(&unit, world)).collect::<Vec<_>>());
        }
    }

    /// The roster of all that are seen: the same bytes for all who ask.
    pub(super) fn roster(&self, format: Format, state: &State, world: &World) -> Bytes {
        let mut whole = self.whole.lock();
        whole.retain(|(_, newest, _)| *newest == state.rosters.newest);
        if let Some((.., bytes)) = whole.iter().find(|(of, ..)| *of == format) {
            return bytes.clone();
        }
        let mut units = Vec::new();
        // Copied under the lock, encoded after it.
        world.for_each_unit(|unit| {
            if self.sees(unit) {
                units.push(unit.clone());
            }
        });
        let mut out = Vec::new();
        put_lines(&mut out, format, &units.iter().map(|unit| line(unit, world)).collect::<Vec<_>>());
        let bytes = Bytes::from(out);
        whole.push((format, state.rosters.newest, bytes.clone()));
        bytes
    }

    fn sees(&self, unit: &UnitView) -> bool {
        self.sight.sees(unit.no, unit.org_no())
    }
}

/// The loans that matter to an organisation; to the whole city none do.
fn loans(org: Option<&OrgId>, world: &World) -> u64 {
    org.map_or(0, |_| world.loans_version())
}

fn line(unit: &UnitView, world: &World) -> String {
    message::roster_unit(unit.no.0, &unit.spec, world.organisations())
}

fn put_lines(out: &mut Vec<u8>, format: Format, lines: &[String]) {
    for chunk in lines.chunks(ROSTER_UNITS_MAX) {
        put_text(out, format, "roster", None, &message::roster(chunk.iter().map(String::as_str)));
    }
}

/// By unit number: the last tick that told of its registration or edit.
#[derive(Debug, Default)]
pub(super) struct Rosters {
    told: Vec<u64>,
    /// The last tick that told of any.
    pub(super) newest: u64,
}

impl Rosters {
    pub(super) fn tell(&mut self, seq: u64, units: impl Iterator<Item = UnitNo>) {
        for no in units {
            if self.told.len() <= no.index() {
                self.told.resize(no.index() + 1, 0);
            }
            if let Some(last) = self.told.get_mut(no.index()) {
                (*last, self.newest) = (seq, seq);
            }
        }
    }

    /// The units that were registered or edited after a tick. Linear in the units.
    fn after(&self, seq: u64) -> impl Iterator<Item = UnitNo> {
        let all = 0..self.told.len() as u32;
        all.zip(&self.told).filter(move |(_, last)| **last > seq).map(|(no, _)| UnitNo(no))
    }
}
