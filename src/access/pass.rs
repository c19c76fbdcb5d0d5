//! What goes with whoever asks, from the door to the answer.

use super::{Action, ActionSet, Role, may};
use crate::model::{Actor, OrgId, UnitId};

/// Who asks, what he may do, and for which part of the force. The door makes it; past the door nothing asks without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// Who it is: what he does is kept under this name.
    pub actor: Actor,
    /// What he may do.
    pub role: Role,
    /// The organisation that he sees and orders, with all below it; the whole city where there is none.
    pub org: Option<OrgId>,
    /// The single actions that it is for, of those of the role: a program's token may name them.
    pub only: ActionSet,
}

impl Pass {
    /// Of whoever works on the machine itself: everything, everywhere.
    pub const MACHINE: Self = Self { actor: Actor::Machine, role: Role::Administrator, org: None, only: ActionSet::ALL };

    /// Whether its bearer may do something: nothing, where the role is of the whole city and the pass is not.
    #[must_use]
    pub const fn may(&self, action: Action) -> bool {
        let is_fit = self.org.is_none() || !self.role.is_of_the_whole_city();
        is_fit && may(self.role, action) && self.only.contains(action)
    }

    /// Whether its bearer may say what a unit does: a unit speaks for itself alone, whichever role it has.
    #[must_use]
    pub fn speaks_for(&self, unit: &UnitId) -> bool {
        match &self.actor {
            Actor::Unit(itself) => itself == unit,
            Actor::Engine | Actor::Machine | Actor::User(_) | Actor::Program(_) => self.role != Role::Unit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_for_single_actions_is_for_no_others() {
        let metrics = Pass { only: ActionSet::EMPTY.with(Action::Operate), ..Pass::MACHINE };
        assert!(metrics.may(Action::Operate) && !metrics.may(Action::See));
        assert!(!Pass { role: Role::Viewer, ..metrics }.may(Action::Operate), "no more than its role");
    }

    #[test]
    fn an_administrator_of_an_organisation_may_nothing() {
        let pass = Pass { org: Some("gulou".parse().unwrap()), ..Pass::MACHINE };
        assert!(Action::ALL.iter().all(|action| !pass.may(*action) && Pass::MACHINE.may(*action)));
        assert!(Pass { role: Role::Commander, ..pass }.may(Action::RunCordons));
    }

    #[test]
    fn a_unit_speaks_for_itself_alone() {
        let pass = |actor: &str, role| Pass { actor: actor.parse().unwrap(), role, org: None, only: ActionSet::ALL };
        let unit: UnitId = "car-1".parse().unwrap();
        assert!(Pass::MACHINE.speaks_for(&unit));
        assert!(pass("user:li.na", Role::Dispatcher).speaks_for(&unit));
        assert!(pass("unit:car-1", Role::Unit).speaks_for(&unit));
        assert!(!pass("unit:car-2", Role::Unit).speaks_for(&unit));
        assert!(!pass("unit:car-2", Role::Dispatcher).speaks_for(&unit));
        assert!(!pass("program:car-1", Role::Unit).speaks_for(&unit), "a unit's role without a unit's name is nobody's");
    }
}
