//! Who somebody is: people with accounts and sessions, or whom a provider knows; programs with signed tokens.
//!
//! All of it is in memory and in one file beside the journal; a change is durable before it holds. What somebody shows, the secret
//! of a session or a token, becomes a [`crate::access::Pass`] here. Passwords are kept as argon2id, sessions and one-time
//! codes as SHA-256; nothing that opens a door can be read back, but for the keys and second factors that the server itself
//! must know.
//!
//! Functions that hash or write wait, some tens of milliseconds: call them where nobody waits for the thread.

mod account;
mod desk;
pub mod password;
mod people;
mod programs;
mod provided;
pub mod provider;
mod second;
mod secret;
mod session;
mod store;
#[cfg(test)]
mod tests;
mod throttle;
mod token;

pub use account::{Account, AccountEdit, CODE_DAYS};
pub use desk::{Identity, IdentityError, Known, Limits};
pub use people::{Newcomer, Opened, SignIn};
pub use programs::{Grant, Issued};
pub use provided::Provided;
pub use second::Second;
pub use secret::Digest;
pub use session::Session;
pub use store::{ACCESS_FILE, StoreError};
pub use throttle::Throttle;
pub use token::{AUDIENCE, DAYS_MAX, Token};
