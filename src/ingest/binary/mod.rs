//! The native binary protocol of gateways: fixes of many devices over one connection, TCP or WebSocket.

pub mod frame;
mod server;
mod session;
mod take;

pub use frame::{Frame, FrameError};
pub use server::{GatewayLimits, serve};
pub use session::{Fed, NewNames, OUT_BYTES_MAX, Session};
pub use take::{Taken, take};
