//! The table: which role may do what. What it does not name is refused.

use super::Role;
use crate::model::{closed_set, word_set};

closed_set! {
    /// What a route or a question needs its asker to be allowed.
    Action, "action" {
        /// See the city as it is: units, zones, roads, orders, cordons, scenarios, and what is computed of them (查看).
        See = "see",
        /// Give orders to units (下达指令).
        Order = "order",
        /// Say how far an order is; a unit, its own alone (反馈指令).
        StepOrders = "step_orders",
        /// Plan cordons, without sending anybody (拟订围控方案).
        PlanCordons = "plan_cordons",
        /// Order, change and end cordons, standing plans of gates too (执行围控).
        RunCordons = "run_cordons",
        /// Register and change units (编辑单元).
        EditUnits = "edit_units",
        /// Draw and remove zones (编辑区域).
        EditZones = "edit_zones",
        /// Close roads and open them (编辑道路管制).
        EditClosures = "edit_closures",
        /// Write and remove standing plans of gates (编辑关城门预案).
        EditPlans = "edit_plans",
        /// Report where devices are (上报位置).
        SendFixes = "send_fixes",
        /// Play scenarios (推演).
        Drill = "drill",
        /// Set what the walls of a room show (导播).
        Direct = "direct",
        /// Read the metrics (运维).
        Operate = "operate",
        /// Make, change and remove accounts, and give programs their tokens (管理账号).
        Administer = "administer",
        /// Read the audit trail: who did what, and who looked at whom (查阅审计记录).
        Audit = "audit",
    }
}

word_set!(
    /// Some actions.
    ActionSet(u32) of Action
);

/// Whether a role may do something.
#[must_use]
#[rustfmt::skip] // A table: one row an action.
pub const fn may(role: Role, action: Action) -> bool {
    use Role::{Administrator, Commander, Dispatcher, Gateway, Unit, Viewer};
    match action {
        Action::See          => matches!(role, Viewer | Dispatcher | Commander | Administrator),
        Action::Order        => matches!(role, Dispatcher | Commander | Administrator),
        Action::StepOrders   => matches!(role, Dispatcher | Commander | Unit | Administrator),
        Action::PlanCordons  => matches!(role, Dispatcher | Commander | Administrator),
        Action::RunCordons   => matches!(role, Commander | Administrator),
        Action::EditUnits    => matches!(role, Dispatcher | Commander | Administrator),
        Action::EditZones    => matches!(role, Dispatcher | Commander | Administrator),
        Action::EditClosures => matches!(role, Dispatcher | Commander | Administrator),
        Action::EditPlans    => matches!(role, Commander | Administrator),
        Action::SendFixes    => matches!(role, Gateway | Administrator),
        Action::Drill        => matches!(role, Dispatcher | Commander | Administrator),
        Action::Direct       => matches!(role, Dispatcher | Commander | Administrator),
        Action::Operate      => matches!(role, Administrator),
        Action::Administer   => matches!(role, Administrator),
        // Commanders are on the trail as dispatchers are, and read it no more than they do.
        Action::Audit        => matches!(role, Administrator),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a role may do, in the order of the actions.
    fn rights(role: Role) -> String {
        Action::ALL.iter().filter(|action| may(role, **action)).map(|action| action.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_role_has_its_rights_and_no_more() {
        assert_eq!(rights(Role::Viewer), "see");
        assert_eq!(rights(Role::Dispatcher), "see order step_orders plan_cordons edit_units edit_zones edit_closures drill direct");
        assert_eq!(
            rights(Role::Commander),
            "see order step_orders plan_cordons run_cordons edit_units edit_zones edit_closures edit_plans drill direct"
        );
        assert_eq!(rights(Role::Unit), "step_orders");
        assert_eq!(rights(Role::Gateway), "send_fixes");
        assert!(Action::ALL.iter().all(|action| may(Role::Administrator, *action)));
    }
}
