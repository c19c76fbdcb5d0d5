//! The native binary protocol of gateways: fixes of many devices over one connection, TCP or WebSocket.

pub mod frame;
