//! Instances from outside: anybody's roads, units and junctions to protect, as files, become the scene of a cordon.
//!
//! | file | columns | says |
//! |---|---|---|
//! | junctions | `id,x,y` or `id,lon,lat` | where each is: metres on a plane, or WGS-84 degrees |
//! | roads | `from,to[,length_m][,time_s][,one_way]` | straight from end to end where there is no length; `time_s` wins over length and speed, for everybody; both ways unless `one_way` (`-1`: from `to` to `from`) |
//! | units | `id,junction` | where each stands |
//! | protected, gates, needs | `junction[,need]` | how many units hold the junction: 1 where nothing is said, [`NEED_MAX`](crate::cordon::NEED_MAX) at most, 0 where nobody can |
//!
//! Tables are CSV with a head; values may be empty where a column may be missing; columns that are not known are named in the log and
//! not read. Roads are also read from `*.graphml` (nodes with `x`, `y`, edges with `length`, `oneway`, `travel_time`, as osmnx writes them) and
//! from `*.fgb` (lines with the columns of the table; without `from` and `to` they end at the junctions that are there, to 1 cm). `length`,
//! `travel_time`, `oneway`, `source` and `target` are read as `length_m`, `time_s`, `one_way`, `from` and `to` everywhere.
//!
//! Times are whole milliseconds a road, the suspect's rounded down and the units' up: no plan lives on rounding. What
//! takes 49 days and more together never arrives.

mod answer;
mod cell;
mod error;
mod graphml;
mod lines;
mod scene;
mod table;
mod town;

pub use answer::{GatesAnswer, PlanAnswer, Teller};
pub use error::InstanceError;
pub use scene::{Incident, Movement, Order};
pub use town::{Held, Town, UnitAt};

/// The largest file, bytes.
pub const FILE_BYTES_MAX: u64 = 1 << 30;
/// The most junctions.
pub const JUNCTIONS_MAX: usize = 2_000_000;
/// The most roads.
pub const ROADS_MAX: usize = 5_000_000;
/// The most units.
pub const UNITS_MAX: usize = 100_000;
/// The most gates that are closed at once.
pub const GATES_MAX: usize = 1_000;
/// The longest id, bytes.
pub const ID_BYTES_MAX: usize = 128;
/// The longest road, metres.
pub const ROAD_M_MAX: f64 = 100_000.0;
/// The longest that a road takes, seconds.
pub const ROAD_S_MAX: f64 = 86_400.0;
/// How far from the middle of a plane a junction may be, metres.
pub const PLANE_M_MAX: f64 = 1e8;
