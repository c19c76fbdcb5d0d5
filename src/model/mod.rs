//! The words: units, devices, fixes, statuses, organisations, zones in layers. Types that parse, so that
//! past the door nothing is a bare string or a bare number.

mod actor;
mod closed_set;
mod drawn;
mod fix;
mod follow;
mod ids;
mod organisation;
mod room;
mod shape_json;
mod time;
mod unit;
mod words;
mod zone;

pub use actor::{Actor, ActorError};
pub use closed_set::UnknownWord;
pub(crate) use closed_set::{closed_set, word_set};
pub use drawn::{DRAWN_EDGES_MAX, DRAWN_POINTS_MAX, Drawn, DrawnError};
pub use fix::Fix;
pub use follow::{DWELL_S_MAX, FOLLOW_CORNERS_MAX, FOLLOW_LAT_DEG_MAX, FOLLOW_REACH_M_MAX, Follows, ZoneError, carried_position};
pub use ids::{
    ClosureId, CordonId, DeviceId, GatePlanId, ID_LEN_MAX, IdError, LoanId, OrderId, OrgId, ProgramId, UnitId, UnitNo, UserId, WallId,
    ZoneId,
};
pub use organisation::{Name, Organisation};
pub use room::{ROOM_LEN_MAX, RoomError, RoomName};
pub use shape_json::ShapeError;
pub use time::{TimeError, Timestamp};
pub use unit::{CALLSIGN_LEN_MAX, CREW_MAX, Device, UNIT_DEVICES_MAX, UNITS_MAX, UnitError, UnitSpec};
pub use words::{
    Capabilities, Capability, Contact, DeviceKind, KindSet, Layer, LayerSet, OrderEnd, OrderState, OrgLevel, Purpose, Status, StatusSet,
    UnitKind,
};
pub use zone::{ZONE_CORNERS_MAX, ZONE_RADIUS_M_MAX, Zone, ZoneShape, circle_boxes};
