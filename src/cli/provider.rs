//! The provider of identities that the configuration names.

use std::path::Path;

use super::serve::ServeError;
use crate::{config::OidcConfig, identity::provider::Provider};

/// The provider, where there is one. It is not asked anything yet.
///
/// # Errors
/// [`ServeError`] when the file of the secret or that of the authorities is wrong.
pub(super) fn open(config: &OidcConfig) -> Result<Option<Provider>, ServeError> {
    if !config.is_on() {
        return Ok(None);
    }
    let path = &config.client_secret_file;
    let wrong = |source| ServeError::ClientSecret { path: path.clone(), source };
    let secret = std::fs::read_to_string(path).map_err(wrong)?.trim().to_owned();
    if secret.is_empty() {
        return Err(wrong(std::io::Error::other("it is empty")));
    }
    let authorities = Some(config.ca.as_path()).filter(|path| *path != Path::new(""));
    Ok(Some(Provider::new(config.agreement(secret), authorities)?))
}
