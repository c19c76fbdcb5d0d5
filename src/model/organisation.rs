//! Organisations: city bureau, district bureaus, stations.

use serde::{Deserialize, Serialize};

use super::{OrgId, OrgLevel};

/// A name in the two languages of the people before the wall.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Chinese (`zh-CN`).
    pub zh: String,
    /// English.
    pub en: String,
}

/// One organisation of the force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its id.
    pub id: OrgId,
    /// Its name.
    pub name: Name,
    /// Its level.
    pub level: OrgLevel,
    /// The organisation above it; none at the top.
    pub parent: Option<OrgId>,
}
