//! Who is sent where by hand: whether they can, when they are there, and whether it holds.

use std::collections::HashSet;

use super::{
    AskError, Cordon, Force, Ground, Hunt, Leak, Post,
    look::{Standing, passed_at},
    scene::{Staged, clock},
};
use crate::{
    cordon::{Entry, Fault, Guard, entries, ready_ms, verify},
    engine::{LeftOut, SeenWorld, roads::Way},
    model::{Contact, OrderId, OrderState, Status, Timestamp, UnitId, UnitNo, ZoneId},
    roads::{JunctionNo, Travel},
};

/// Somebody who is wanted at a junction.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The junction.
    pub junction: JunctionNo,
    /// The unit.
    pub unit: UnitId,
    /// Of which ring, the innermost being 1.
    pub ring: u8,
}

/// Why somebody cannot be sent.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SendError {
    /// What is asked for is wrong.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// No such unit.
    #[error("there is no unit `{0}`")]
    UnknownUnit(UnitId),
    /// No such junction.
    #[error("there is no junction {junction}: give 0 to {count} minus 1")]
    NoJunction {
        /// What was given.
        junction: JunctionNo,
        /// How many there are.
        count: usize,
    },
    /// Who flies holds nothing.
    #[error("unit `{0}` flies and cannot hold a junction: send one that goes along roads")]
    Flies(UnitId),
    /// It is doing something else, or nothing is heard of it.
    #[error("unit `{unit}` cannot be sent, it is {}: send one that is available and live", .why.as_str())]
    NotFree {
        /// Which.
        unit: UnitId,
        /// Why.
        why: LeftOut,
    },
    /// It has an order.
    #[error("unit `{unit}` has the open order `{open}`: end that first, or send another")]
    Ordered {
        /// Which.
        unit: UnitId,
        /// Its order.
        open: OrderId,
    },
    /// It does not get there.
    #[error("unit `{unit}` has no way to junction {junction} by road: send another")]
    NoWay {
        /// Which.
        unit: UnitId,
        /// Where.
        junction: JunctionNo,
    },
    /// It is wanted twice.
    #[error("unit `{0}` has two posts: give it one")]
    UnitTwice(UnitId),
}

impl SendError {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Ask(error) => error.field(),
            Self::NoJunction { .. } => "junction",
            _ => "unit",
        }
    }
}

/// What is true of those who are wanted.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Their posts, with when each is ready.
    pub posts: Vec<Post>,
    /// Whether he cannot get out; true where nobody is sought.
    pub holds: bool,
    /// The ways out.
    pub leaks: Vec<Leak>,
    /// What is wrong with the guards.
    pub faults: Vec<Fault>,
}

impl SeenWorld<'_> {
    /// Looks at who is wanted where: those who hold or come to the same junction in `cordon` as they are, the others from where they
    /// are now. Some milliseconds.
    ///
    /// # Errors
    /// [`SendError`] for the first who cannot be sent.
    pub fn send(
        &self,
        ground: &mut Ground,
        (hunt, force): (Option<&Hunt>, &Force),
        cordon: Option<&Cordon>,
        wanted: &[Wanted],
        now: Timestamp,
    ) -> Result<Sent, SendError> {
        let roads = self.roads();
        ground.renew(roads);
        let mut staged = match hunt {
            Some(hunt) => self.stage(ground, hunt, force.wide, now)?,
            None => Staged::without_suspect(self.world, ground, force.wide, now),
        };
        let (mut guards, mut posts, mut units) = (Vec::new(), Vec::new(), HashSet::new());
        for Wanted { junction, unit, ring } in wanted {
            let junctions = roads.network.junctions();
            let count = junctions.len();
            let at = junctions.get(*junction as usize).ok_or(SendError::NoJunction { junction: *junction, count })?;
            if !units.insert(unit) {
                return Err(SendError::UnitTwice(unit.clone()));
            }
            let (no, travel, from) = self.sent_from(ground, &staged, force, cordon, (*junction, unit), now)?;
            let place = staged.add(roads, ground, no, travel, from);
            let no_way = || SendError::NoWay { unit: unit.clone(), junction: *junction };
            let unit_ms = ready_ms(&staged.scene, place, *junction).ok_or_else(no_way)?;
            guards.push(Guard { junction: *junction, unit: place, unit_ms, suspect_ms: None });
            let gate: Option<ZoneId> = self.world.gate_at(*junction).map(|gate| gate.id.clone());
            let (place, due) = (self.world.junction_name(*junction), staged.instant(unit_ms));
            posts.push(Post { junction: *junction, at, place, gate, ring: *ring, unit: unit.clone(), due });
        }
        if hunt.is_none() {
            return Ok(Sent { posts, holds: true, leaks: Vec::new(), faults: Vec::new() });
        }
        let verdict = verify(&staged.scene, &guards);
        let leak = |way: &Vec<crate::cordon::Passed>| Leak { passed: way.iter().map(|passed| passed_at(&staged, passed)).collect() };
        Ok(Sent { posts, holds: verdict.holds, leaks: verdict.leaks.iter().map(leak).collect(), faults: verdict.faults })
    }

    /// Where somebody who is wanted begins.
    fn sent_from(
        &self,
        ground: &Ground,
        staged: &Staged,
        force: &Force,
        cordon: Option<&Cordon>,
        (junction, id): (JunctionNo, &UnitId),
        now: Timestamp,
    ) -> Result<(UnitNo, Travel, [Option<Entry>; 2]), SendError> {
        let no_way = || SendError::NoWay { unit: id.clone(), junction };
        let posted = cordon.and_then(|cordon| Some((cordon, cordon.guards.iter().find(|posted| posted.post.unit == *id)?)));
        // Who holds the junction already stays there, whoever's it is by now.
        let stays = posted.is_some_and(|(_, posted)| posted.post.junction == junction);
        let unit = if stays { self.world.unit(id) } else { self.unit(id) }.ok_or_else(|| SendError::UnknownUnit(id.clone()))?;
        let own = posted.filter(|(_, posted)| self.world.order(&posted.order).is_some_and(|order| order.state != OrderState::Ended));
        let mut turn_out = true;
        if let Some((cordon, posted)) = own {
            turn_out = false;
            if posted.post.junction == junction {
                match self.world.standing(cordon, posted, ground, staged.zero, now) {
                    Standing::There(since) => {
                        let ready = since.plus_ms(i64::from(force.set_up_ms));
                        let here = Entry { point: junction, ms: clock(staged.zero, ready) };
                        return Ok((unit.no, Travel::Car, [Some(here), None]));
                    }
                    Standing::Coming(travel, from) => return Ok((unit.no, travel, from)),
                    // It is looked at like everybody else.
                    Standing::Lost(_) => {}
                }
            }
        } else if let Some(open) = self.world.order_of(unit.no) {
            return Err(SendError::Ordered { unit: id.clone(), open: open.spec.id.clone() });
        }
        let is_busy = match unit.spec.status {
            Status::Available => false,
            Status::Assigned | Status::EnRoute | Status::OnScene => own.is_none(),
            Status::OffDuty | Status::Busy | Status::OutOfService => true,
        };
        if is_busy {
            return Err(SendError::NotFree { unit: id.clone(), why: LeftOut::Status(unit.spec.status) });
        }
        let contact = unit.fix.map_or(Contact::Never, |fix| self.limits().contact(unit.device, fix.time, now));
        if contact != Contact::Live {
            return Err(SendError::NotFree { unit: id.clone(), why: LeftOut::Contact(contact) });
        }
        let roads = self.roads();
        let Way::Road(travel) = roads.movement.way(unit.spec.kind, force.urgent) else {
            return Err(SendError::Flies(id.clone()));
        };
        let place = roads.on_roads().place(unit.no.0).ok_or_else(no_way)?;
        let turn_out_ms = if turn_out { roads.movement.turn_out_ms(unit.spec.kind, unit.spec.status) } else { 0 };
        let ms = staged.now_ms.saturating_add(turn_out_ms).saturating_add(force.set_up_ms);
        Ok((unit.no, travel, entries(&roads.graph, ground.costs(), travel, place, ms)))
    }
}
