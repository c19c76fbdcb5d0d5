//! Citygate: the engine under a police command centre's one map.
//!
//! Fixes of the force's own units come in, *who is nearest and free* and *who stands in which ring* go out in
//! microseconds, every move goes to the map walls.
//!
//! # The house
//! Five floors; imports go down only, and `tests/architecture.rs` fails the build when one goes up.
//!
//! | floor | what | where |
//! |---|---|---|
//! | 4 | arguments, files, logs: no logic | `main.rs`, [`cli`], [`config`], [`telemetry`] |
//! | 3 | the doors: sockets, disk, clocks. tokio lives only here | [`ingest`], [`server`], [`tls`], [`journal`], [`bus`], [`identity`], [`city`], [`import`], [`instance`], [`sim`], [`load`], [`drill`] |
//! | 2 | the one writer: command, events, state, deltas. Synchronous; time is an argument | [`engine`], [`delta`] |
//! | 1 | pure algorithms and rules over plain data | [`access`], [`frames`], [`index`], [`geography`], [`rings`], [`roads`], [`reach`], [`cordon`] |
//! | 0 | the words: units, fixes, statuses, places; metres and degrees | [`model`], [`geodesy`] |
//!
//! # One fix, one way
//! Socket bytes become a frame and a [`ingest::Report`] in the decoder of its protocol ([`ingest`]); [`ingest::Gate`]
//! checks it and finds its unit; [`bus::Bus`] queues it; the writer's thread drains the queue into
//! [`engine::Engine::fixes`], which writes [`index::Index`] and looks at the zones; [`engine::Engine::tick`] gathers what
//! changed into a [`delta::Tick`]; the stream in [`server`] encodes it once and copies to each wall what its view holds.
//!
//! # One command, one way
//! A route of [`server`] parses it into an [`engine::Command`]; the writer decides it into [`engine::Event`]s; the
//! [`journal`] makes them durable; the writer applies them; the route answers. Restart is replay. What the engine sees by
//! itself, that a unit has arrived, it proposes as a command that goes the same way.
//!
//! # One question
//! HTTP or a message of the WebSocket brings it; a row of the one table of questions parses it into a query type of
//! [`engine`]; [`engine::SeenWorld`], the world as the asker's organisation sees it, answers under a read lock that is held for
//! the search alone; both doors write the same answer with the age of every fix. What takes milliseconds is answered apart, so that nobody else waits for the thread.

pub mod access;
pub mod bus;
pub mod city;
pub mod cli;
pub mod config;
pub mod cordon;
pub mod delta;
pub mod drill;
pub mod engine;
pub mod frames;
pub mod geodesy;
pub mod geography;
pub mod identity;
pub mod import;
pub mod index;
pub mod ingest;
pub mod instance;
pub mod journal;
pub mod load;
pub mod model;
pub mod reach;
pub mod rings;
pub mod roads;
pub mod server;
pub mod sim;
pub mod telemetry;
pub mod tls;
