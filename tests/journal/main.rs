//! Nothing that was acknowledged is lost, and nothing is done twice: under keys, kills, bad disks, backups.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

#[path = "../common/mod.rs"]
mod common;

mod clients;
mod disk;
mod files;
mod http;
mod kill;
mod notes;
mod restart;
mod search;
mod sim;
mod trail;
