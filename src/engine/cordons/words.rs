//! The words of cordons.

use crate::{model::closed_set, roads::Travel};

closed_set! {
    /// How he who is sought goes.
    Suspect, "way that a suspect goes" {
        /// By car.
        Car = "car",
        /// By motorcycle.
        Motorcycle = "motorcycle",
        /// On foot.
        Foot = "foot",
    }
}

impl Suspect {
    /// The paces that he goes by.
    #[must_use]
    pub const fn travel(self) -> Travel {
        match self {
            Self::Car => Travel::Car,
            Self::Motorcycle => Travel::Motorcycle,
            Self::Foot => Travel::Foot,
        }
    }

    /// By how much he outruns those paces when nothing is said. Everybody drives at four fifths of a road's own speed: a quarter
    /// more is that speed itself. Who runs is twice as fast as who walks.
    #[must_use]
    pub const fn faster(self) -> f64 {
        match self {
            Self::Car | Self::Motorcycle => 1.25,
            Self::Foot => 2.0,
        }
    }
}

closed_set! {
    /// How far a cordon is.
    CordonState, "state of a cordon" {
        /// The orders are given; nobody is there yet.
        Ordered = "ordered",
        /// Some are there.
        Closing = "closing",
        /// All are there.
        Closed = "closed",
        /// It is being taken away: units leave one by one.
        Opening = "opening",
        /// It is over.
        Ended = "ended",
    }
}

closed_set! {
    /// How a gate of a cordon stands.
    GateState, "state of a gate" {
        /// Its unit is on its way, and in time.
        Coming = "coming",
        /// Its unit is there.
        Held = "held",
        /// Its unit comes too late.
        Late = "late",
        /// Its unit does not come, or has gone.
        Lost = "lost",
    }
}

closed_set! {
    /// Why the unit of a gate is lost.
    LostWhy, "reason why a unit is lost" {
        /// Nothing is heard of it.
        NoContact = "no_contact",
        /// It is doing something else.
        Status = "status",
        /// Its people raised the alarm.
        Alarm = "alarm",
        /// Its order is over.
        OrderEnded = "order_ended",
        /// It was there and went away.
        Left = "left",
        /// It is on no road, or there is no way.
        NoWay = "no_way",
    }
}

closed_set! {
    /// Why a cordon is over.
    CordonEnd, "reason why a cordon is over" {
        /// Somebody ended it.
        Ended = "ended",
        /// Its last unit left while it was being taken away.
        Opened = "opened",
    }
}
