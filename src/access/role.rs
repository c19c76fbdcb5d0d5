//! What somebody is to the command centre.

use crate::model::closed_set;

closed_set! {
    /// What somebody who asks is to the command centre: decides what he may do. One each.
    Role, "role" {
        /// Looks on and changes nothing (观察员).
        Viewer = "viewer",
        /// Sends units and keeps the picture right (调度员).
        Dispatcher = "dispatcher",
        /// Decides: orders cordons and standing plans too (指挥长).
        Commander = "commander",
        /// A unit, by its own terminal or phone: for itself alone (执勤单元).
        Unit = "unit",
        /// A program that brings the fixes of devices (位置网关).
        Gateway = "gateway",
        /// Runs the system: may do everything, everywhere (系统管理员).
        Administrator = "administrator",
    }
}

impl Role {
    /// Whether whoever has it is of the whole city, and of no organisation: he who gives others their rights could give himself any.
    #[must_use]
    pub const fn is_of_the_whole_city(self) -> bool {
        matches!(self, Self::Administrator)
    }
}
