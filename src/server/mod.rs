//! The HTTP and WebSocket door: questions, commands, fixes, the stream, the wall.
//!
//! A request passes the guard ([`guard`]: no foreign names, no foreign pages), its row of the tables ([`routes`]: who may, which
//! parameters), is parsed into a query type ([`query`], [`body`]) and answered from the world; every error is a problem
//! document ([`problem`]). What only asks is a [`question`]: the same over HTTP ([`front`]) and over a WebSocket ([`ask`]).

pub mod accounts;
pub mod app;
pub mod arrivals;
pub mod ask;
pub mod asking;
pub mod audit;
pub mod base_map;
pub mod body;
pub mod city;
pub mod command;
pub mod cordons;
pub mod coverage;
pub mod density;
pub mod docs;
pub mod drills;
pub mod entry;
pub mod fixes;
pub mod front;
pub mod guard;
pub mod health;
pub mod ingest_socket;
pub mod listen;
pub mod loans;
pub mod looks;
pub mod meant;
pub mod measure;
pub mod move_up;
pub mod nearest;
pub mod orders;
pub mod osmand;
pub mod own;
pub mod patience;
pub mod problem;
pub mod programs;
pub mod provider;
pub mod query;
pub mod question;
pub mod rates;
pub mod reach;
pub mod request;
pub mod rings;
pub mod roads;
pub mod rooms;
pub mod routes;
pub mod session;
pub mod sockets;
pub mod stop;
pub mod stream;
pub mod trail;
pub mod units;
pub mod view;
pub mod wall;
pub mod zones;

pub use app::{App, Pages, StreamLimits};
