//! Passwords: argon2id, with the parameters that OWASP recommends.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

/// The fewest characters of a password.
pub const CHARS_MIN: usize = 12;
/// The most: longer ones are only work.
pub const CHARS_MAX: usize = 128;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("a password has {CHARS_MIN} to {CHARS_MAX} characters")]
    Length,
    /// It holds the user's own name, or is one character again and again.
    #[error("a password does not hold the user's name, and is more than a few characters again and again")]
    Weak,
    /// The system gave no chance for a salt.
    #[error("the password could not be hashed")]
    Hash,
}

/// The hash of a new password. Tens of milliseconds and 19 MiB.
///
/// # Errors
/// [`PasswordError`] says what a password must be.
pub fn hash(user: &str, password: &str) -> Result<String, PasswordError> {
    if !(CHARS_MIN..=CHARS_MAX).contains(&password.chars().count()) {
        return Err(PasswordError::Length);
    }
    let mut different: Vec<char> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    if password.to_lowercase().contains(&user.to_lowercase()) || different.len() < 5 {
        return Err(PasswordError::Weak);
    }
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|_| PasswordError::Hash)
}

/// Whether a password is that of a hash. As dear as [`hash()`], right or wrong.
#[must_use]
pub fn verify(password: &str, hash: &str) -> bool {
    // A longer one was never taken.
    password.chars().count() <= CHARS_MAX
        && PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_opens_its_own_hash() {
        let kept = hash("li.na", "青山 upon the river").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("青山 upon the river", &kept));
        assert!(!verify("青山 upon the River", &kept) && !verify("", &kept) && !verify("x", "no hash"));
        assert_ne!(kept, hash("li.na", "青山 upon the river").unwrap(), "each has its own salt");
    }

    #[test]
    fn weak_ones_are_refused() {
        for (bad, why) in [
            ("short", PasswordError::Length),
            (&"long ".repeat(26) as &str, PasswordError::Length),
            ("my-LI.NA-password", PasswordError::Weak),
            ("aaaaaaaaaaaaaaa", PasswordError::Weak),
            ("121212121212121", PasswordError::Weak),
        ] {
            assert_eq!(hash("li.na", bad), Err(why), "{bad}");
        }
    }
}
