//! The closed vocabularies: kinds, statuses, contact, capabilities, levels.

use super::closed_set::{closed_set, word_set};

closed_set! {
    /// What is sent as one.
    UnitKind, "kind" {
        /// A patrol car with its crew (巡逻车).
        PatrolCar = "patrol_car",
        /// An armed assault car (武装突击车).
        ArmedCar = "armed_car",
        /// A motorcycle (摩托车).
        Motorcycle = "motorcycle",
        /// Officers on foot (步巡).
        Foot = "foot",
        /// A helicopter (直升机).
        Helicopter = "helicopter",
        /// A drone (无人机).
        Drone = "drone",
        /// A fixed post (固定岗).
        Post = "post",
        /// A volunteer patrol group (群防队).
        Volunteers = "volunteers",
    }
}

impl UnitKind {
    /// Whether the unit flies: it follows and sights, it holds no junction, and it may be faster.
    #[must_use]
    pub const fn flies(self) -> bool {
        matches!(self, Self::Helicopter | Self::Drone)
    }
}

closed_set! {
    /// What a unit is doing.
    Status, "status" {
        /// Not on duty (下班).
        OffDuty = "off_duty",
        /// Free to be sent (可派).
        Available = "available",
        /// Given an incident, not yet accepted (已派).
        Assigned = "assigned",
        /// On the way (途中).
        EnRoute = "en_route",
        /// There (到场).
        OnScene = "on_scene",
        /// At other work (勤务中).
        Busy = "busy",
        /// Cannot be used (停用).
        OutOfService = "out_of_service",
    }
}

closed_set! {
    /// How old a unit's last fix is, against the limits of the kind of device that gave it.
    Contact, "contact state" {
        /// Known now.
        Live = "live",
        /// Older than the first limit (信号旧).
        Stale = "stale",
        /// Older than the second limit (失联).
        Lost = "lost",
        /// No fix since the engine started.
        Never = "never",
    }
}

closed_set! {
    /// What a unit can do beyond what its kind says.
    Capability, "capability" {
        /// Carries firearms.
        Armed = "armed",
        /// Trained and equipped for first aid.
        FirstAid = "first_aid",
        /// With a police dog.
        Dog = "dog",
        /// Can force doors.
        Breaching = "breaching",
        /// Flies a drone.
        DronePilot = "drone_pilot",
        /// Rescue from water.
        WaterRescue = "water_rescue",
        /// Negotiator.
        Negotiator = "negotiator",
        /// Secures evidence.
        Evidence = "evidence",
        /// May stop and direct traffic.
        TrafficControl = "traffic_control",
        /// Speaks a foreign language.
        Bilingual = "bilingual",
        /// Fit for the motorway.
        Motorway = "motorway",
        /// Public order equipment.
        Riot = "riot",
    }
}

closed_set! {
    /// What reports positions.
    DeviceKind, "device kind" {
        /// A vehicle terminal (车载终端).
        VehicleTerminal = "vehicle_terminal",
        /// A radio (对讲机).
        Radio = "radio",
        /// A mobile police terminal (移动警务终端).
        MobileTerminal = "mobile_terminal",
    }
}

closed_set! {
    /// The level of an organisation.
    OrgLevel, "organisation level" {
        /// Above several cities (区域).
        Region = "region",
        /// The city bureau (市局).
        City = "city",
        /// A district bureau (分局).
        District = "district",
        /// A station (派出所).
        Station = "station",
    }
}

closed_set! {
    /// What a unit is ordered to a place for.
    Purpose, "purpose of an order" {
        /// To stand where it is missed (补位): it stays available.
        MoveUp = "move_up",
        /// To hold a gate or a junction of a cordon (设卡): it is not free meanwhile.
        Gate = "gate",
    }
}

closed_set! {
    /// How far an order is (指令状态). It only goes forward.
    OrderState, "state of an order" {
        /// Given, not yet accepted (已下达).
        Issued = "issued",
        /// The unit is on its way (已接受).
        Accepted = "accepted",
        /// The unit is there (已到位).
        Arrived = "arrived",
        /// Over (已结束).
        Ended = "ended",
    }
}

closed_set! {
    /// Why an order is over.
    OrderEnd, "end of an order" {
        /// What it asked for is done (完成).
        Done = "done",
        /// Somebody took it back (取消).
        Cancelled = "cancelled",
        /// Another order came in its place (改派).
        Replaced = "replaced",
    }
}

closed_set! {
    /// A named set of zones. Layers overlap and stack.
    Layer, "zone layer" {
        /// Districts (城区).
        Districts = "districts",
        /// Emergency rapid-response zones, city level (快反区).
        Rapid = "rapid",
        /// Patrol responsibility zones, district level (责任区).
        Responsibility = "responsibility",
        /// Patrol beats, station level (巡区).
        Beats = "beats",
        /// What a post reaches (岗亭).
        Posts = "posts",
    }
}

word_set! {
    /// A set of unit kinds.
    KindSet(u8) of UnitKind
}

word_set! {
    /// A set of statuses.
    StatusSet(u8) of Status
}

word_set! {
    /// A set of capabilities.
    Capabilities(u32) of Capability
}

word_set! {
    /// A set of layers.
    LayerSet(u8) of Layer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_out_and_come_back() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse::<Status>().unwrap(), *status);
            assert_eq!(Status::from_code(status.code()), Some(*status));
        }
        assert_eq!(Status::from_code(7), None);
        let error = "asleep".parse::<Status>().unwrap_err().to_string();
        assert!(error.contains("`asleep`") && error.contains("off_duty, available"), "{error}");
    }

    #[test]
    fn sets_are_sets() {
        let set: Capabilities = [Capability::Armed, Capability::Dog].into_iter().collect();
        assert!(set.contains_all(Capabilities::EMPTY.with(Capability::Dog)));
        assert!(!Capabilities::EMPTY.with(Capability::Dog).contains_all(set));
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"["armed","dog"]"#);
        assert_eq!(KindSet::ALL.iter().count(), UnitKind::ALL.len());
    }
}
