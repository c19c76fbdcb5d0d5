//! JT/T 808: the protocol of Chinese vehicle terminals, over TCP, in its editions of 2011, 2013 and 2019.
//!
//! ```text
//! bytes -> FrameDecoder -> Header + body -> Session -> reports, emergencies -> gate -> Session -> answers
//!            damaged frames  parts, limits         register? known? -> Receiver
//! ```
//!
//! Everything here but `server` is without sockets, clocks and randomness: [`Session`] is fed bytes and the
//! time, and appends its answers to a buffer. [`TerminalEncoder`] is the other side, for the simulator.
//!
//! A terminal registers (0x0100) and gets a code, authenticates with it (0x0102), then reports (0x0200, 0x0704)
//! and keeps the connection alive (0x0002). Its phone number without leading zeros is its device id, under
//! both headers. What is not understood is answered so (0x8001, result 3).

mod auth;
mod batch;
mod bcd;
mod error;
mod frame;
mod header;
mod items;
mod location;
mod parts;
mod platform;
mod reader;
mod receiver;
mod registration;
mod server;
mod session;
mod terminal;

pub use auth::{AUTH_CODE_LEN, AuthSecret};
pub use batch::{BATCH_ITEMS_MAX, Batch, BatchKind};
pub use error::DecodeError;
pub use frame::{DELIMITER, FRAME_LEN_MAX, FrameDecoder, FrameError, encode_frame};
pub use header::{BODY_LEN_MAX, HEADER_LEN_MAX, HEADER_LEN_MIN, Header, Part, Phone, Version};
pub use items::{Crossing, Items, Place, RoadTime, SKIPPED_KEPT};
pub use location::{ALARM_EMERGENCY, LOCATION_LEN_MIN, Location, STATUS_IGNITION, STATUS_POSITIONED, STATUS_SOUTH, STATUS_WEST};
pub use parts::{ASSEMBLIES_MAX, ASSEMBLY_AGE_MAX_MS, ASSEMBLY_BYTES_MAX, PART_REQUESTS_MAX, PART_WAIT_MS, PARTS_MAX};
pub use platform::{Answer, GENERAL_ANSWER, PlatformMessage, REGISTRATION_ANSWER, RESEND_PARTS, RegisterVerdict, SERVER_TIME};
pub use receiver::{BatchOutcome, Event, Receiver, Verdict, answer_to};
pub use registration::{AUTH_CODE_LEN_MAX, Authentication, PLATE_LEN_MAX, Registration};
pub use server::{Jt808Limits, serve};
pub use session::{Fed, Session, SessionConfig, id};
pub use terminal::TerminalEncoder;
