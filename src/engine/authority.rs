//! Who may do what to whom: whoever is of an organisation orders, changes and lends what is of its subtree or lent to it.
//!
//! Decided by the writer, with the command: nothing changes hands between the question whether somebody may and the deed. What he does
//! not see is not there for him; what he sees and may not touch is refused by name.

use std::collections::HashMap;

use super::{Command, CordonCommand, Post, Rejection, SeenWorld, World};
use crate::{
    model::{Device, OrgId, UnitId, UnitSpec, Zone},
    roads::JunctionNo,
};

impl World {
    /// Checks that somebody of an organisation may have this done.
    ///
    /// # Errors
    /// [`Rejection`]: that of a thing which is not there where he does not see it, otherwise [`Rejection::Outside`].
    pub(super) fn authorise(&self, org: &OrgId, command: &Command) -> Result<(), Rejection> {
        self.seen_by(self.sight(Some(org))).authorise(command)
    }
}

impl SeenWorld<'_> {
    fn authorise(&self, command: &Command) -> Result<(), Rejection> {
        match command {
            // The narrower of the two holds as well.
            Command::By { command, .. } => self.authorise(command),
            Command::RegisterUnit(spec) => self.may_register(spec),
            Command::EditUnit { id, patch } => {
                let view = self.unit(id).ok_or_else(|| Rejection::UnknownUnit(id.clone()))?;
                let was = view.spec.org(self.organisations());
                if let Some(org) = patch.org.as_ref().filter(|org| *org != was) {
                    self.own("org", Some(was))?;
                    self.own("org", Some(org))?;
                }
                self.may_carry(patch.devices.as_deref().unwrap_or_default())
            }
            Command::PutZone(zone) => self.may_put_zone(zone),
            Command::RemoveZone(id) if self.has_zone(id) => Ok(()),
            Command::RemoveZone(id) => Err(Rejection::UnknownZone(id.clone())),
            Command::PutClosure(closure) => {
                if let Some(known) = self.roads().closed(&closure.id) {
                    self.own("id", known.closure.org.as_ref())?;
                }
                self.own("org", closure.org.as_ref())
            }
            Command::LiftClosure(id) => match self.roads().closed(id) {
                Some(known) => self.own("id", known.closure.org.as_ref()),
                None => Err(Rejection::UnknownClosure(id.clone())),
            },
            Command::IssueOrder { order, .. } => self.may_order(&order.unit),
            Command::StepOrder { id, .. } => self.order(id).map(|_| ()).ok_or_else(|| Rejection::UnknownOrder(id.clone())),
            Command::Lend(loan) => match self.unit(&loan.unit) {
                Some(_) => Ok(()),
                None => Err(Rejection::UnknownLent(loan.unit.clone())),
            },
            Command::EndLoan(id) => self.loan(id).map(|_| ()).ok_or_else(|| Rejection::UnknownLoan(id.clone())),
            Command::Cordon(command) => self.may_cordon(command),
        }
    }

    fn may_register(&self, spec: &UnitSpec) -> Result<(), Rejection> {
        match self.world.unit(&spec.id) {
            Some(known) if !self.sees(&known) => return Err(Rejection::UnknownUnit(spec.id.clone())),
            Some(known) => {
                let was = known.spec.org(self.organisations());
                if *was != spec.org {
                    self.own("org", Some(was))?;
                    self.own("org", Some(&spec.org))?;
                }
            }
            None => self.own("org", Some(&spec.org))?,
        }
        self.may_carry(&spec.devices)
    }

    /// Devices that units carry which he does not see are taken, and he is not told by whom.
    fn may_carry(&self, devices: &[Device]) -> Result<(), Rejection> {
        let is_hidden = |device: &&Device| {
            let carrier = self.world.carrier(&device.id);
            carrier.is_some_and(|carrier| self.unit_by_no(carrier.unit).is_none())
        };
        match devices.iter().find(is_hidden) {
            Some(device) => Err(Rejection::Outside { field: "devices", value: device.id.to_string() }),
            None => Ok(()),
        }
    }

    fn may_put_zone(&self, zone: &Zone) -> Result<(), Rejection> {
        if self.world.geography().zone(&zone.id).is_some_and(|known| !self.sees_zone(known)) {
            return Err(Rejection::UnknownZone(zone.id.clone()));
        }
        if let Some(follows) = zone.follows.as_ref().filter(|follows| self.unit(&follows.unit).is_none()) {
            return Err(Rejection::UnknownFollowed(follows.unit.clone()));
        }
        self.own("org", zone.org.as_ref())
    }

    fn may_order(&self, unit: &UnitId) -> Result<(), Rejection> {
        self.unit(unit).map(|_| ()).ok_or_else(|| Rejection::UnknownOrdered(unit.clone()))
    }

    fn may_cordon(&self, command: &CordonCommand) -> Result<(), Rejection> {
        let (id, posts) = match command {
            CordonCommand::Order { cordon, posts } => {
                self.own("org", cordon.org.as_ref())?;
                return self.may_post(posts, &HashMap::new());
            }
            CordonCommand::PutPlan(plan) => {
                if self.world.gate_plan(&plan.id).is_some() && self.gate_plan(&plan.id).is_none() {
                    return Err(Rejection::UnknownGatePlan(plan.id.clone()));
                }
                plan.gates.iter().filter_map(|gate| gate.unit.as_ref()).try_for_each(|unit| self.may_order(unit))?;
                return self.own("org", plan.org.as_ref());
            }
            CordonCommand::RemovePlan(id) => {
                return self.gate_plan(id).map(|_| ()).ok_or_else(|| Rejection::UnknownGatePlan(id.clone()));
            }
            CordonCommand::Open(id) | CordonCommand::End(id) => (id, None),
            CordonCommand::Change { id, posts } => (id, Some(posts)),
            CordonCommand::Sight { id, posts, .. } => (id, posts.as_ref()),
        };
        let cordon = self.cordon(id).ok_or_else(|| Rejection::UnknownCordon(id.clone()))?;
        self.own("id", cordon.spec.org.as_ref()).map_err(|_| Rejection::Outside { field: "id", value: id.to_string() })?;
        let guards = cordon.guards.iter().map(|posted| (&posted.post.unit, posted.post.junction)).collect();
        posts.map_or(Ok(()), |posts| self.may_post(posts, &guards))
    }

    /// Guards are units that he may order, and those who are guards already and stay where they are.
    fn may_post(&self, posts: &[Post], guards: &HashMap<&UnitId, JunctionNo>) -> Result<(), Rejection> {
        let is_new = |post: &&Post| guards.get(&post.unit) != Some(&post.junction);
        posts.iter().filter(is_new).try_for_each(|post| self.may_order(&post.unit))
    }

    fn own(&self, field: &'static str, org: Option<&OrgId>) -> Result<(), Rejection> {
        if self.sight.owns(self.organisations(), org) {
            return Ok(());
        }
        Err(Rejection::Outside { field, value: org.map_or_else(|| "the city".to_owned(), ToString::to_string) })
    }
}
