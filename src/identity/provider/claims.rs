//! What a provider says of somebody, and what that is here.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::ProviderError;
use crate::{
    access::Role,
    identity::{AccountEdit, Provided},
    model::{OrgId, UserId},
};

/// The longest name before people, characters.
const NAME_CHARS_MAX: usize = 64;

/// Which claims say what. A name that begins with `/` is a JSON pointer into nested claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRules {
    /// The claim that is the name to sign in with.
    pub user: String,
    /// The claim that is the name before people.
    pub name: String,
    /// The claim that has one word or a list of words, some of which are roles here.
    pub role: String,
    /// What these words are here.
    pub roles: BTreeMap<String, Role>,
    /// The claim that is the id of an organisation; none where everybody sees the whole city.
    pub org: Option<String>,
}

/// Somebody, as the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The name to sign in with.
    pub user: UserId,
    /// What the person is here.
    pub edit: AccountEdit,
    /// Who it is to the provider.
    pub provided: Provided,
}

fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let Some(path) = name.strip_prefix('/') else { return claims.get(name) };
    match path.split_once('/') {
        None => claims.get(path),
        Some((first, rest)) => claims.get(first)?.pointer(&format!("/{rest}")),
    }
}

impl ClaimRules {
    /// The person of the claims of a provider.
    ///
    /// # Errors
    /// [`ProviderError::NoUser`], [`ProviderError::NoRole`] or [`ProviderError::NoOrg`]: what is not said is not guessed.
    pub(super) fn person(&self, issuer: &str, claims: &Map<String, Value>) -> Result<Claimed, ProviderError> {
        let text = |name: &str| find(claims, name).and_then(Value::as_str);
        let no_user = || ProviderError::NoUser { claim: self.user.clone() };
        let user: UserId = text(&self.user).and_then(|user| user.parse().ok()).ok_or_else(no_user)?;
        let role = self.role_of(find(claims, &self.role));
        let role = role.ok_or_else(|| ProviderError::NoRole { claim: self.role.clone(), user: user.clone() })?;
        let org = match &self.org {
            // Whoever is mapped to such a role has no organisation, whatever is said of him.
            _ if role.is_of_the_whole_city() => None,
            None => None,
            Some(claim) => {
                let org: Option<OrgId> = text(claim).and_then(|org| org.parse().ok());
                Some(org.ok_or_else(|| ProviderError::NoOrg { claim: claim.clone(), user: user.clone() })?)
            }
        };
        let name: String =
            text(&self.name).unwrap_or_default().chars().filter(|letter| !letter.is_control()).take(NAME_CHARS_MAX).collect();
        let name = if name.trim().is_empty() { user.to_string() } else { name.trim().to_owned() };
        let subject = text("sub").unwrap_or_default().to_owned();
        Ok(Claimed {
            user,
            edit: AccountEdit { name, role, org, blocked: false },
            provided: Provided { issuer: issuer.to_owned(), subject },
        })
    }

    /// The role that may most, of those that somebody has.
    fn role_of(&self, said: Option<&Value>) -> Option<Role> {
        let words: Vec<&str> = match said? {
            Value::String(word) => vec![word],
            Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let has = |role: &Role| words.iter().any(|word| self.roles.get(*word) == Some(role));
        [Role::Administrator, Role::Commander, Role::Dispatcher, Role::Viewer].into_iter().find(has)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules(role: &str, org: Option<&str>) -> ClaimRules {
        let roles = [("值班", Role::Dispatcher), ("chiefs", Role::Commander), ("guests", Role::Viewer)];
        ClaimRules {
            user: "preferred_username".into(),
            name: "name".into(),
            role: role.into(),
            roles: roles.map(|(word, role)| (word.to_owned(), role)).into(),
            org: org.map(str::to_owned),
        }
    }

    fn person(rules: &ClaimRules, claims: Value) -> Result<Claimed, ProviderError> {
        rules.person("https://login.example", claims.as_object().unwrap())
    }

    #[test]
    fn claims_become_a_person() {
        let claims = json!({"sub": "7", "preferred_username": "li.na", "name": " 李\n娜 ", "roles": ["guests", "others", "chiefs"], "unit": "gulou"});
        let claimed = person(&rules("roles", Some("unit")), claims).unwrap();
        let edit = AccountEdit { name: "李娜".into(), role: Role::Commander, org: Some("gulou".parse().unwrap()), blocked: false };
        assert_eq!((claimed.user.as_str(), claimed.edit), ("li.na", edit));
        assert_eq!(claimed.provided, Provided { issuer: "https://login.example".into(), subject: "7".into() });
        let nested = json!({"sub": "7", "preferred_username": "li.na", "realm_access": {"roles": ["值班"]}});
        let claimed = person(&rules("/realm_access/roles", None), nested).unwrap();
        assert_eq!((claimed.edit.role, claimed.edit.name.as_str(), claimed.edit.org), (Role::Dispatcher, "li.na", None));
        let word = person(&rules("role", None), json!({"sub": "7", "preferred_username": "li.na", "role": "guests"})).unwrap();
        assert_eq!(word.edit.role, Role::Viewer);
        let mut runs = rules("roles", Some("unit"));
        runs.roles.insert("it".into(), Role::Administrator);
        let chief = person(&runs, json!({"sub": "8", "preferred_username": "wang", "roles": ["it"], "unit": "gulou"})).unwrap();
        assert_eq!((chief.edit.role, chief.edit.org), (Role::Administrator, None));
    }

    #[test]
    fn what_is_not_said_is_not_guessed() {
        let base = json!({"sub": "7", "preferred_username": "li.na", "roles": ["guests"], "unit": "gulou"});
        let with = |name: &str, value: Value| {
            let mut claims = base.clone();
            claims[name] = value;
            person(&rules("roles", Some("unit")), claims)
        };
        for user in [Value::Null, json!("李娜"), json!("a b"), json!(""), json!(7)] {
            assert!(matches!(with("preferred_username", user), Err(ProviderError::NoUser { .. })));
        }
        for roles in [Value::Null, json!([]), json!(["administrator"]), json!("Guests"), json!({"guests": true}), json!([["guests"]])] {
            assert!(matches!(with("roles", roles), Err(ProviderError::NoRole { .. })));
        }
        for org in [Value::Null, json!(""), json!(["gulou"]), json!("鼓楼")] {
            assert!(matches!(with("unit", org), Err(ProviderError::NoOrg { .. })));
        }
    }
}
