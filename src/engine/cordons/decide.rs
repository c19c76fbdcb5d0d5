//! What a command does to cordons: events of the cordon, and those of its orders.

use std::collections::{HashMap, HashSet};

use super::{CORDONS_MAX, Cordon, CordonEnd, CordonSpec, GATE_PLANS_MAX, GUARDS_MAX, GatePlan, Post, Posted, Seen, gate_plan::wrong_name};
use crate::{
    engine::{Event, ORDER_RADIUS_M_DEFAULT, OrderSpec, OrderStep, Rejection, Subject, World},
    model::{CordonId, GatePlanId, OrderEnd, OrderId, OrderState, Purpose, Timestamp, UnitId},
};

/// What somebody wants done with cordons.
#[derive(Debug, Clone, PartialEq)]
pub enum CordonCommand {
    /// Order a cordon.
    Order {
        /// What it is.
        cordon: Box<CordonSpec>,
        /// Who holds what.
        posts: Vec<Post>,
    },
    /// Change who holds what, to this.
    Change {
        /// Which.
        id: CordonId,
        /// Who holds what from now on.
        posts: Vec<Post>,
    },
    /// He was seen.
    Sight {
        /// Of which.
        id: CordonId,
        /// Where and when.
        seen: Seen,
        /// Who holds what from now on, where that changes.
        posts: Option<Vec<Post>>,
    },
    /// Take it away, one unit after another.
    Open(CordonId),
    /// End it at once.
    End(CordonId),
    /// Lay down a standing plan, or replace the one of its id.
    PutPlan(GatePlan),
    /// Remove a standing plan.
    RemovePlan(GatePlanId),
}

impl CordonCommand {
    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::Order { cordon, .. } => Subject::Cordon(cordon.id.clone()),
            Self::Change { id, .. } | Self::Sight { id, .. } | Self::Open(id) | Self::End(id) => Subject::Cordon(id.clone()),
            Self::PutPlan(GatePlan { id, .. }) | Self::RemovePlan(id) => Subject::GatePlan(id.clone()),
        }
    }
}

/// What is wrong with a cordon.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CordonError {
    /// None or too many.
    #[error("{0} guards are wrong: give 1 to {GUARDS_MAX}")]
    Guards(usize),
    /// One unit in two places.
    #[error("unit `{0}` has two posts: give it one")]
    UnitTwice(UnitId),
    /// No such junction.
    #[error("there is no junction {junction}: give 0 to {count} minus 1")]
    NoJunction {
        /// What was given.
        junction: u32,
        /// How many there are.
        count: usize,
    },
    /// The name is empty or too long.
    #[error("name `{0}` is wrong: give 1 to {max} characters without control characters in each language", max = super::CORDON_NAME_CHARS_MAX)]
    Name(String),
    /// Nobody is sought.
    #[error("cordon `{0}` seeks nobody: a sighting needs a cordon with a suspect")]
    NoSuspect(CordonId),
    /// He was seen later than this.
    #[error("he was seen at {last}, after {given}: give a sighting that is newer")]
    Older {
        /// What was given.
        given: Timestamp,
        /// When he was seen last.
        last: Timestamp,
    },
    /// It is over, or being taken away.
    #[error("cordon `{0}` is over or being taken away and cannot change: order another")]
    Over(CordonId),
}

impl CordonError {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Guards(_) => "guards",
            Self::UnitTwice(_) => "unit",
            Self::NoJunction { .. } => "junction",
            Self::Name(_) => "name",
            Self::NoSuspect(_) | Self::Over(_) => "id",
            Self::Older { .. } => "seen_s_ago",
        }
    }
}

impl World {
    /// What a command would do now.
    pub(in crate::engine) fn decide_cordon(&self, command: &CordonCommand) -> Result<Vec<Event>, Rejection> {
        match command {
            CordonCommand::Order { cordon, posts } => self.decide_order(cordon, posts),
            CordonCommand::Change { id, posts } => self.decide_change(&*self.changing(id)?, posts, Vec::new()),
            CordonCommand::Sight { id, seen, posts } => {
                let cordon = self.changing(id)?;
                let Some(hunt) = &cordon.spec.hunt else { return Err(CordonError::NoSuspect(id.clone()).into()) };
                if let Some(last) = hunt.starts.iter().map(|seen| seen.time).max().filter(|last| seen.time < *last) {
                    return Err(CordonError::Older { given: seen.time, last }.into());
                }
                let sighted = Event::CordonSighted { id: id.clone(), seen: *seen };
                match posts {
                    Some(posts) => self.decide_change(&cordon, posts, vec![sighted]),
                    None => Ok(vec![sighted]),
                }
            }
            CordonCommand::Open(id) => {
                let cordon = self.cordon(id).ok_or_else(|| Rejection::UnknownCordon(id.clone()))?;
                if cordon.opening_at.is_some() || !cordon.runs() {
                    return Ok(Vec::new());
                }
                Ok(vec![Event::CordonOpening { id: id.clone() }])
            }
            CordonCommand::End(id) => {
                let cordon = self.cordon(id).ok_or_else(|| Rejection::UnknownCordon(id.clone()))?;
                if !cordon.runs() {
                    return Ok(Vec::new());
                }
                let mut events = vec![Event::CordonEnded { id: id.clone(), why: CordonEnd::Ended }];
                for posted in cordon.guards.iter() {
                    events.extend(self.decide_release(posted, OrderEnd::Done)?);
                }
                Ok(events)
            }
            CordonCommand::PutPlan(plan) => {
                plan.check(self.roads())?;
                let cordons = self.cordons.read();
                match cordons.plans.get(&plan.id) {
                    Some(known) if **known == *plan => Ok(Vec::new()),
                    None if cordons.plans.len() >= GATE_PLANS_MAX => Err(Rejection::GatePlanCount),
                    _ => Ok(vec![Event::GatePlanPut { plan: plan.clone() }]),
                }
            }
            CordonCommand::RemovePlan(id) => match self.gate_plan(id) {
                Some(_) => Ok(vec![Event::GatePlanRemoved { id: id.clone() }]),
                None => Err(Rejection::UnknownGatePlan(id.clone())),
            },
        }
    }

    fn changing(&self, id: &CordonId) -> Result<std::sync::Arc<Cordon>, Rejection> {
        let cordon = self.cordon(id).ok_or_else(|| Rejection::UnknownCordon(id.clone()))?;
        if cordon.may_change() { Ok(cordon) } else { Err(CordonError::Over(id.clone()).into()) }
    }

    fn decide_order(&self, spec: &CordonSpec, posts: &[Post]) -> Result<Vec<Event>, Rejection> {
        if self.cordon(&spec.id).is_some() {
            return Err(Rejection::KnownCordon(spec.id.clone()));
        }
        if self.cordons.read().running() >= CORDONS_MAX {
            return Err(Rejection::CordonCount);
        }
        if let Some(wrong) = spec.name.as_ref().and_then(wrong_name) {
            return Err(CordonError::Name(wrong).into());
        }
        self.check_posts(posts)?;
        let mut guards: Vec<Posted> = Vec::with_capacity(posts.len());
        for (post, n) in posts.iter().zip(0..) {
            guards.push(Posted { post: post.clone(), order: order_id(&spec.id, n)? });
        }
        let mut events = vec![Event::CordonOrdered { cordon: spec.clone(), guards: guards.clone() }];
        for posted in &guards {
            events.extend(self.decide_issue(&order(&spec.id, posted), false)?);
        }
        Ok(events)
    }

    /// Who stays where he was keeps his order; the others are let go, sent elsewhere, or sent for the first time.
    fn decide_change(&self, cordon: &Cordon, posts: &[Post], before: Vec<Event>) -> Result<Vec<Event>, Rejection> {
        self.check_posts(posts)?;
        let known: HashMap<&UnitId, &Posted> = cordon.guards.iter().map(|posted| (&posted.post.unit, posted)).collect();
        let is_open = |posted: &Posted| self.order(&posted.order).is_some_and(|order| order.state != OrderState::Ended);
        let (mut guards, mut sent, mut next) = (Vec::with_capacity(posts.len()), Vec::new(), cordon.orders);
        for post in posts {
            let stays = known.get(&post.unit).filter(|known| known.post.junction == post.junction && is_open(known));
            let order = match stays {
                Some(known) => known.order.clone(),
                None => {
                    let id = order_id(&cordon.spec.id, next)?;
                    next += 1;
                    sent.push((guards.len(), known.contains_key(&post.unit)));
                    id
                }
            };
            guards.push(Posted { post: post.clone(), order });
        }
        if before.is_empty() && *guards == *cordon.guards {
            return Ok(Vec::new());
        }
        let mut events = before;
        let wanted: HashSet<&UnitId> = posts.iter().map(|post| &post.unit).collect();
        for posted in cordon.guards.iter().filter(|posted| !wanted.contains(&posted.post.unit)) {
            events.extend(self.decide_release(posted, OrderEnd::Cancelled)?);
        }
        events.push(Event::CordonChanged { id: cordon.spec.id.clone(), guards: guards.clone() });
        for (place, was_here) in sent {
            let Some(posted) = guards.get(place) else { continue };
            events.extend(self.decide_issue(&order(&cordon.spec.id, posted), was_here)?);
        }
        Ok(events)
    }

    fn decide_release(&self, posted: &Posted, reason: OrderEnd) -> Result<Vec<Event>, Rejection> {
        match self.order(&posted.order).filter(|order| order.state != OrderState::Ended) {
            Some(_) => self.decide_step(&posted.post.unit, &posted.order, OrderStep::Ended(reason)),
            None => Ok(Vec::new()),
        }
    }

    fn check_posts(&self, posts: &[Post]) -> Result<(), CordonError> {
        if posts.is_empty() || posts.len() > GUARDS_MAX {
            return Err(CordonError::Guards(posts.len()));
        }
        let (mut units, count) = (HashSet::new(), self.roads().network.junctions().len());
        for Post { junction, unit, .. } in posts {
            if *junction as usize >= count {
                return Err(CordonError::NoJunction { junction: *junction, count });
            }
            if !units.insert(unit) {
                return Err(CordonError::UnitTwice(unit.clone()));
            }
        }
        Ok(())
    }
}

/// The order of a cordon with this number.
fn order_id(cordon: &CordonId, n: u32) -> Result<OrderId, Rejection> {
    format!("{cordon}.{n}").parse().map_err(|_| Rejection::KnownCordon(cordon.clone()))
}

fn order(cordon: &CordonId, Posted { post, order }: &Posted) -> OrderSpec {
    OrderSpec {
        id: order.clone(),
        unit: post.unit.clone(),
        purpose: Purpose::Gate,
        to: post.at,
        place: post.place.clone(),
        radius_m: ORDER_RADIUS_M_DEFAULT,
        due: Some(post.due),
        cordon: Some(cordon.clone()),
        gate: post.gate.clone(),
    }
}
