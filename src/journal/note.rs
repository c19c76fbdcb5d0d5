//! Notes: what is on record and changes no state.

use serde_json::Value;

use crate::model::closed_set;

closed_set! {
    /// The names of notes.
    Noted, "note" {
        /// A command with an idempotency key that found all so already: no event, and yet it is done.
        Unchanged = "unchanged",
        /// The journal could not be written for a time.
        JournalFailed = "journal_failed",
        /// Somebody asked for what his role may not do.
        Refused = "refused",
        /// Somebody looked at a unit.
        UnitSeen = "unit_seen",
        /// Somebody asked for a unit of another organisation, and was not shown it.
        UnitHidden = "unit_hidden",
        /// A person signed in.
        SignedIn = "signed_in",
        /// Somebody tried to sign in and could not.
        SignInRefused = "sign_in_refused",
        /// A person signed out.
        SignedOut = "signed_out",
        /// Somebody tried a one-time code that was none.
        CodeRefused = "code_refused",
        /// A person chose a password with a one-time code.
        PasswordChosen = "password_chosen",
        /// A person changed the password.
        PasswordChanged = "password_changed",
        /// A person has a second factor from now on.
        SecondFactorSet = "second_factor_set",
        /// A person has none any more.
        SecondFactorRemoved = "second_factor_removed",
        /// A person ended a session.
        SessionEnded = "session_ended",
        /// An account was made.
        AccountMade = "account_made",
        /// An account was changed.
        AccountChanged = "account_changed",
        /// A person got a new one-time code.
        AccountReset = "account_reset",
        /// An account was removed.
        AccountRemoved = "account_removed",
        /// A program or a unit got a token.
        TokenGiven = "token_given",
        /// A token was revoked.
        TokenRevoked = "token_revoked",
    }
}

/// What is noted.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Its name.
    pub event: Noted,
    /// What it is about, as a row has it.
    pub subject: String,
    /// What is to be known of it.
    pub body: Value,
}

impl Note {
    /// The version of the form of every note's body.
    pub const VERSION: u32 = 1;
}
