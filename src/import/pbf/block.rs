//! A block: nodes, ways and relations with their tags.

use super::{
    PbfError,
    wire::{Broken, Fields, Numbers, Value, signed},
};
use crate::roads::Point;

impl From<Broken> for PbfError {
    fn from(_: Broken) -> Self {
        Self::Broken("a block")
    }
}

/// A block, ready to be walked through.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    strings: Vec<&'a [u8]>,
    groups: Vec<&'a [u8]>,
    granularity: i64,
    offset: [i64; 2],
}

/// Tags: numbers of keys and values in the strings of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tags<'a, 'b> {
    block: &'b Block<'a>,
    keys: Numbers<'a>,
    values: Numbers<'a>,
}

impl<'a> Tags<'a, '_> {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.keys.zip(self.values).map(|(key, value)| (self.block.text(key), self.block.text(value)))
    }
}

/// A way: a list of nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'a, 'b> {
    pub(super) id: i64,
    pub(super) tags: Tags<'a, 'b>,
    refs: Numbers<'a>,
}

impl<'a> Way<'a, '_> {
    /// The ids of its nodes.
    pub(super) fn nodes(&self) -> impl Iterator<Item = i64> + use<'a> {
        self.refs.sums()
    }
}

/// What a member of a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Node(i64),
    Way(i64),
    Other,
}

/// A relation: members with roles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Relation<'a, 'b> {
    pub(super) tags: Tags<'a, 'b>,
    roles: Numbers<'a>,
    ids: Numbers<'a>,
    kinds: Numbers<'a>,
}

impl<'a> Relation<'a, '_> {
    /// The role and the member of each.
    pub(super) fn members(&self) -> impl Iterator<Item = (&'a str, Member)> {
        self.roles.zip(self.ids.sums()).zip(self.kinds).map(|((role, id), kind)| {
            let member = match kind {
                0 => Member::Node(id),
                1 => Member::Way(id),
                _ => Member::Other,
            };
            (self.tags.block.text(role), member)
        })
    }
}

/// What is in a block, as far as somebody wants to know it.
pub(super) trait Visit {
    /// Whether nodes are wanted.
    const NODES: bool;
    /// A node; its tags are looked at where [`Self::wants`] its id.
    fn node(&mut self, _id: i64, _at: Point, _tags: &mut dyn Iterator<Item = (&str, &str)>) {}
    /// Whether a node is wanted.
    fn wants(&mut self, _id: i64) -> bool {
        false
    }
    /// A way.
    fn way(&mut self, _way: Way<'_, '_>) -> Result<(), PbfError> {
        Ok(())
    }
    /// A relation.
    fn relation(&mut self, _relation: Relation<'_, '_>) -> Result<(), PbfError> {
        Ok(())
    }
}

impl<'a> Block<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, PbfError> {
        let mut block = Self { granularity: 100, ..Self::default() };
        for field in Fields::new(bytes) {
            match field? {
                (1, Value::Bytes(table)) => {
                    for field in Fields::new(table) {
                        if let (1, Value::Bytes(text)) = field? {
                            block.strings.push(text);
                        }
                    }
                }
                (2, Value::Bytes(group)) => block.groups.push(group),
                (17, value) => block.granularity = value.number().cast_signed(),
                (19, value) => block.offset[0] = value.number().cast_signed(),
                (20, value) => block.offset[1] = value.number().cast_signed(),
                _ => {}
            }
        }
        Ok(block)
    }

    /// A text of the block; empty where there is none, or what is there is no UTF-8.
    fn text(&self, no: u64) -> &'a str {
        let bytes = usize::try_from(no).ok().and_then(|no| self.strings.get(no)).copied();
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Units of the block to 1e-7 degrees; none for a place that is out of range.
    fn place(&self, lat: i64, lng: i64) -> Option<Point> {
        let [lat, lng] = [(lat, self.offset[0]), (lng, self.offset[1])].map(|(units, offset)| {
            let nano = units.checked_mul(self.granularity)?.checked_add(offset)?;
            // To the nearest: blocks of another granularity may lie between.
            i32::try_from((nano + 50 * nano.signum()) / 100).ok()
        });
        Point::new(lat?, lng?)
    }

    /// Walks through the block; tells whether there are nodes in it.
    pub(super) fn visit<V: Visit>(&self, visitor: &mut V) -> Result<bool, PbfError> {
        let mut has_nodes = false;
        for group in &self.groups {
            for field in Fields::new(group) {
                match field? {
                    (1 | 2, Value::Bytes(_)) if !V::NODES => has_nodes = true,
                    (1, Value::Bytes(node)) => self.node(node, visitor)?,
                    (2, Value::Bytes(dense)) => self.dense(dense, visitor)?,
                    (3, Value::Bytes(way)) if !V::NODES => visitor.way(self.way(way)?)?,
                    (4, Value::Bytes(relation)) if !V::NODES => visitor.relation(self.relation(relation)?)?,
                    _ => {}
                }
            }
        }
        Ok(has_nodes)
    }

    fn tags(&self, keys: &'a [u8], values: &'a [u8]) -> Tags<'a, '_> {
        Tags { block: self, keys: Numbers(keys), values: Numbers(values) }
    }

    fn node<V: Visit>(&self, node: &'a [u8], visitor: &mut V) -> Result<(), PbfError> {
        let (mut id, mut lat, mut lng, mut keys, mut values): (i64, i64, i64, &[u8], &[u8]) = (0, 0, 0, &[], &[]);
        for field in Fields::new(node) {
            match field? {
                (1, value) => id = signed(value.number()),
                (2, value) => keys = value.bytes(),
                (3, value) => values = value.bytes(),
                (8, value) => lat = signed(value.number()),
                (9, value) => lng = signed(value.number()),
                _ => {}
            }
        }
        if visitor.wants(id) {
            let at = self.place(lat, lng).ok_or(PbfError::Place(id))?;
            visitor.node(id, at, &mut self.tags(keys, values).iter());
        }
        Ok(())
    }

    fn dense<V: Visit>(&self, dense: &'a [u8], visitor: &mut V) -> Result<(), PbfError> {
        let [mut ids, mut lats, mut lngs, mut tags] = [Numbers::default(); 4];
        for field in Fields::new(dense) {
            match field? {
                (1, value) => ids = Numbers(value.bytes()),
                (8, value) => lats = Numbers(value.bytes()),
                (9, value) => lngs = Numbers(value.bytes()),
                (10, value) => tags = Numbers(value.bytes()),
                _ => {}
            }
        }
        let (mut lats, mut lngs) = (lats.sums(), lngs.sums());
        for id in ids.sums() {
            let (Some(lat), Some(lng)) = (lats.next(), lngs.next()) else { return Err(Broken.into()) };
            // Pairs of key and value up to a 0 for each node; the list may be left out.
            let of_node = tags;
            while let Some(key) = tags.next()
                && key != 0
            {
                tags.next();
            }
            if visitor.wants(id) {
                let at = self.place(lat, lng).ok_or(PbfError::Place(id))?;
                let mut rest = of_node;
                let mut pairs = std::iter::from_fn(|| {
                    let key = rest.next().filter(|key| *key != 0)?;
                    Some((self.text(key), self.text(rest.next()?)))
                });
                visitor.node(id, at, &mut pairs);
            }
        }
        Ok(())
    }

    fn way(&self, way: &'a [u8]) -> Result<Way<'a, '_>, PbfError> {
        let (mut id, mut keys, mut values, mut refs): (i64, &[u8], &[u8], &[u8]) = (0, &[], &[], &[]);
        for field in Fields::new(way) {
            match field? {
                (1, value) => id = value.number().cast_signed(),
                (2, value) => keys = value.bytes(),
                (3, value) => values = value.bytes(),
                (8, value) => refs = value.bytes(),
                _ => {}
            }
        }
        Ok(Way { id, tags: self.tags(keys, values), refs: Numbers(refs) })
    }

    fn relation(&self, relation: &'a [u8]) -> Result<Relation<'a, '_>, PbfError> {
        let (mut keys, mut values): (&[u8], &[u8]) = (&[], &[]);
        let [mut roles, mut ids, mut kinds] = [Numbers::default(); 3];
        for field in Fields::new(relation) {
            match field? {
                (2, value) => keys = value.bytes(),
                (3, value) => values = value.bytes(),
                (8, value) => roles = Numbers(value.bytes()),
                (9, value) => ids = Numbers(value.bytes()),
                (10, value) => kinds = Numbers(value.bytes()),
                _ => {}
            }
        }
        Ok(Relation { tags: self.tags(keys, values), roles, ids, kinds })
    }
}
