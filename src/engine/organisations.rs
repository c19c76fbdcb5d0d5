//! The tree of organisations, numbered depth first so that a subtree is a range of numbers.

use std::collections::HashMap;

use crate::{
    index::OrgRange,
    model::{OrgId, OrgLevel, Organisation},
};

/// The most organisations.
pub const ORGANISATIONS_MAX: usize = 65_535;

/// What is wrong with a list of organisations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrganisationsError {
    /// One id stands twice.
    #[error("organisation `{0}` is listed twice: each id once")]
    Twice(OrgId),
    /// A parent is not in the list.
    #[error("organisation `{id}` names the parent `{parent}`, which is not listed")]
    Parent {
        /// The child.
        id: OrgId,
        /// The parent that is missing.
        parent: OrgId,
    },
    /// A chain of parents comes back to itself, or there is no top.
    #[error("organisation `{0}` is above itself: every chain of parents must end at one without a parent")]
    Circle(OrgId),
    /// There are too many.
    #[error("{0} organisations are too many: at most {ORGANISATIONS_MAX}")]
    Count(usize),
    /// There is none.
    #[error("no organisation is listed: list at least one, without a parent")]
    Empty,
}

/// The organisations of the force.
#[derive(Debug, Clone)]
pub struct Organisations {
    /// Depth first: each is followed by all below it.
    ordered: Vec<Organisation>,
    /// By number: the last one below it.
    last: Vec<u16>,
    by_id: HashMap<OrgId, u16>,
    /// The id of the first.
    first: OrgId,
}

impl Organisations {
    /// Orders a list of organisations. O(n log n).
    ///
    /// # Errors
    /// [`OrganisationsError`] when the list is no forest.
    pub fn new(list: Vec<Organisation>) -> Result<Self, OrganisationsError> {
        let Some(first) = list.first().map(|organisation| organisation.id.clone()) else { return Err(OrganisationsError::Empty) };
        if list.len() > ORGANISATIONS_MAX {
            return Err(OrganisationsError::Count(list.len()));
        }
        let mut children: HashMap<Option<OrgId>, Vec<Organisation>> = HashMap::new();
        let mut known = HashMap::new();
        for organisation in &list {
            if known.insert(organisation.id.clone(), ()).is_some() {
                return Err(OrganisationsError::Twice(organisation.id.clone()));
            }
        }
        for organisation in list {
            if let Some(parent) = &organisation.parent
                && !known.contains_key(parent)
            {
                return Err(OrganisationsError::Parent { id: organisation.id.clone(), parent: parent.clone() });
            }
            children.entry(organisation.parent.clone()).or_default().push(organisation);
        }
        let mut this = Self { ordered: Vec::new(), last: Vec::new(), by_id: HashMap::new(), first };
        this.append(&mut children, None);
        if let Some(first) = this.ordered.first() {
            this.first = first.id.clone();
        }
        // What no top reaches goes in a circle.
        if let Some(id) = children.into_values().flatten().map(|organisation| organisation.id).min() {
            return Err(OrganisationsError::Circle(id));
        }
        Ok(this)
    }

    fn append(&mut self, children: &mut HashMap<Option<OrgId>, Vec<Organisation>>, parent: Option<OrgId>) {
        for organisation in children.remove(&parent).unwrap_or_default() {
            let (no, id) = (self.ordered.len(), organisation.id.clone());
            self.by_id.insert(id.clone(), no as u16);
            self.ordered.push(organisation);
            self.last.push(0);
            self.append(children, Some(id));
            let last = (self.ordered.len() - 1) as u16;
            if let Some(slot) = self.last.get_mut(no) {
                *slot = last;
            }
        }
    }

    /// All, depth first.
    #[must_use]
    pub fn all(&self) -> &[Organisation] {
        &self.ordered
    }

    /// The number of an organisation.
    #[must_use]
    pub fn no(&self, id: &OrgId) -> Option<u16> {
        self.by_id.get(id).copied()
    }

    /// The id of a number; of one that there is not, the first's.
    #[must_use]
    pub fn id(&self, no: u16) -> &OrgId {
        self.ordered.get(usize::from(no)).map_or(&self.first, |organisation| &organisation.id)
    }

    /// An organisation and all below it.
    #[must_use]
    pub fn subtree(&self, id: &OrgId) -> Option<OrgRange> {
        let first = self.no(id)?;
        Some(OrgRange { first, last: *self.last.get(usize::from(first))? })
    }

    /// The first organisation without a parent: the city bureau.
    #[must_use]
    pub fn top(&self) -> Option<&Organisation> {
        self.ordered.iter().find(|organisation| organisation.level == OrgLevel::City).or(self.ordered.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Name;

    fn org(id: &str, parent: Option<&str>) -> Organisation {
        Organisation {
            id: id.parse().unwrap(),
            name: Name::default(),
            level: OrgLevel::Station,
            parent: parent.map(|parent| parent.parse().unwrap()),
        }
    }

    #[test]
    fn a_subtree_is_a_range() {
        let orgs = Organisations::new(vec![
            org("s2", Some("d1")),
            org("city", None),
            org("d1", Some("city")),
            org("d2", Some("city")),
            org("s1", Some("d1")),
        ])
        .unwrap();
        let range = |id: &str| orgs.subtree(&id.parse().unwrap()).unwrap();
        let within = |outer: &str, inner: &str| range(outer).contains(range(inner).first);
        assert!(within("city", "s1") && within("d1", "s1") && within("d1", "s2") && within("d1", "d1"));
        assert!(!within("d2", "s1") && !within("d1", "d2") && !within("s1", "d1"));
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        let refused = |list| Organisations::new(list).unwrap_err().to_string();
        assert!(refused(vec![]).contains("at least one"));
        assert!(refused(vec![org("a", None), org("a", None)]).contains("twice"));
        assert!(refused(vec![org("a", Some("b"))]).contains("`b`"));
        assert!(refused(vec![org("a", Some("b")), org("b", Some("a")), org("c", None)]).contains("above itself"));
    }
}
