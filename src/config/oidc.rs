//! The provider of identities (OpenID Connect) of the configuration.

use std::{collections::BTreeMap, path::PathBuf};

use axum::http::Uri;
use serde::{Deserialize, Serialize};

use super::{ConfigError, section};
use crate::{
    access::Role,
    identity::provider::{Agreement, ClaimRules, is_fit},
};

/// The longest name before people, characters.
const NAME_CHARS_MAX: usize = 64;

section! {
    /// The provider of identities; none where the issuer is empty.
    OidcConfig {
        /// The provider, as it calls itself in its tokens.
        issuer: String = String::new(),
        /// Its name before people.
        name: String = String::new(),
        /// The authorities of its certificate, PEM; those of the system where it is empty.
        ca: PathBuf = PathBuf::new(),
        /// What this server is called there.
        client_id: String = String::new(),
        /// The file of the secret that goes with it.
        client_secret_file: PathBuf = PathBuf::new(),
        /// What is asked for.
        scopes: Vec<String> = vec!["openid".to_owned(), "profile".to_owned()],
        /// The claim that is the name to sign in with.
        user_claim: String = "preferred_username".to_owned(),
        /// The claim that is the name before people.
        name_claim: String = "name".to_owned(),
        /// The claim that has roles.
        role_claim: String = "roles".to_owned(),
        /// What the words of that claim are here.
        roles: BTreeMap<String, Role> = BTreeMap::new(),
        /// The claim that is the id of an organisation; everybody sees the whole city where it is empty.
        org_claim: String = String::new(),
    }
}

impl OidcConfig {
    /// Whether there is a provider.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }

    /// What is agreed with the provider, whose secret is `client_secret`.
    #[must_use]
    pub fn agreement(&self, client_secret: String) -> Agreement {
        Agreement {
            issuer: self.issuer.clone(),
            name: self.name.clone(),
            client_id: self.client_id.clone(),
            client_secret,
            scopes: self.scopes.join(" "),
            rules: ClaimRules {
                user: self.user_claim.clone(),
                name: self.name_claim.clone(),
                role: self.role_claim.clone(),
                roles: self.roles.clone(),
                org: Some(self.org_claim.clone()).filter(|claim| !claim.is_empty()),
            },
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let wrong = |key: &'static str, value: &dyn std::fmt::Debug, expected: &str| {
            Err(ConfigError::Range { key: key.into(), value: format!("{value:?}"), expected: expected.to_owned() })
        };
        if !self.is_on() {
            return if self.client_id.is_empty() {
                Ok(())
            } else {
                wrong("access.oidc.issuer", &"", "the provider that knows the client_id")
            };
        }
        if !self.issuer.parse::<Uri>().is_ok_and(|issuer| is_fit(&issuer)) {
            return wrong("access.oidc.issuer", &self.issuer, "an address with https://, or with http:// on a loopback address");
        }
        if self.name.trim().is_empty() || self.name.chars().count() > NAME_CHARS_MAX || self.name.chars().any(char::is_control) {
            return wrong("access.oidc.name", &self.name, "the provider's name as people know it, 1 to 64 characters");
        }
        if self.client_secret_file.as_os_str().is_empty() {
            return wrong(
                "access.oidc.client_secret_file",
                &self.client_secret_file,
                "the path of the file that holds the secret and nothing else",
            );
        }
        let words = [
            ("access.oidc.client_id", &self.client_id),
            ("access.oidc.user_claim", &self.user_claim),
            ("access.oidc.name_claim", &self.name_claim),
            ("access.oidc.role_claim", &self.role_claim),
        ];
        for (key, value) in words {
            if value.is_empty() {
                return wrong(key, value, "the word that the provider has for it");
            }
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return wrong("access.oidc.scopes", &self.scopes, "\"openid\" among them");
        }
        let is_of_people = |role: &Role| !matches!(role, Role::Unit | Role::Gateway);
        if self.roles.is_empty() || !self.roles.values().all(is_of_people) {
            let expected = "the provider's words with viewer, dispatcher, commander or administrator, e.g. { chiefs = \"commander\" }";
            return wrong("access.oidc.roles", &self.roles, expected);
        }
        Ok(())
    }
}
