//! Turn restrictions (<https://wiki.openstreetmap.org/wiki/Relation:restriction>).

use super::{
    PbfError,
    block::{Member, Relation},
};
use crate::{
    import::report::Turns,
    roads::{Ban, Drive, EdgeNo, JunctionNo, NetworkBuilder, WaysOut},
};

/// Words of the tag `except` that take cars of the police out of a restriction.
const EXCEPT: [&str; 3] = ["motorcar", "motor_vehicle", "emergency"];

/// A restriction with a node between its ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Restriction {
    /// The id of the way before.
    pub(super) from: i64,
    /// The id of the node.
    pub(super) via: i64,
    /// The id of the way after.
    pub(super) to: i64,
    /// Only this turn may be made, and no other; otherwise only this may not.
    pub(super) only: bool,
}

/// All restrictions of a file.
#[derive(Debug, Default)]
pub(super) struct Restrictions(Vec<Restriction>);

impl Restrictions {
    /// Keeps a relation that is a restriction for cars.
    pub(super) fn read(&mut self, relation: Relation<'_, '_>, turns: &mut Turns) -> Result<(), PbfError> {
        let (mut is_restriction, mut said, mut of_cars, mut conditional, mut excepted) = (false, None, None, false, false);
        for (key, value) in relation.tags.iter() {
            match key {
                "type" => is_restriction = value == "restriction",
                "restriction" => said = Some(value),
                "restriction:motorcar" | "restriction:motor_vehicle" => of_cars = Some(value),
                "restriction:conditional" | "day_on" | "hour_on" => conditional = true,
                "except" => excepted = value.split(';').any(|word| EXCEPT.contains(&word.trim())),
                _ => {}
            }
        }
        if !is_restriction || excepted {
            return Ok(());
        }
        let only = match of_cars.or(said) {
            Some(word) if word.starts_with("no_") && !conditional => false,
            Some(word) if word.starts_with("only_") && !conditional => true,
            // Of lorries or buses alone, or at certain times.
            _ => {
                turns.conditional += 1;
                return Ok(());
            }
        };
        let (mut from, mut to, mut via, mut over_way) = (Vec::new(), Vec::new(), None, false);
        for (role, member) in relation.members() {
            match (role, member) {
                ("from", Member::Way(id)) => from.push(id),
                ("to", Member::Way(id)) => to.push(id),
                ("via", Member::Node(id)) => via = Some(id),
                ("via", Member::Way(_)) => over_way = true,
                _ => {}
            }
        }
        if over_way {
            turns.via_way += 1;
            return Ok(());
        }
        // `no_entry` has several ways before, `no_exit` several after; any other has one of each.
        let Some(via) = via.filter(|_| !from.is_empty() && !to.is_empty() && (from.len() == 1 || to.len() == 1)) else {
            turns.apart += 1;
            return Ok(());
        };
        self.0.extend(from.iter().flat_map(|from| to.iter().map(|to| Restriction { from: *from, via, to: *to, only })));
        Ok(())
    }

    /// The ids of the ways that any of them names, in order.
    pub(super) fn ways(&self) -> Vec<i64> {
        let mut ways: Vec<i64> = self.0.iter().flat_map(|turn| [turn.from, turn.to]).collect();
        ways.sort_unstable();
        ways.dedup();
        ways
    }

    pub(super) fn kept(&self) -> &[Restriction] {
        &self.0
    }
}

/// Bans what a restriction bans. `edges`: way and edge, in order, of every way that a restriction names.
pub(super) fn ban(
    builder: &mut NetworkBuilder,
    ways_out: &WaysOut,
    edges: &[(i64, EdgeNo)],
    [from, to]: [i64; 2],
    via: JunctionNo,
    only: bool,
    turns: &mut Turns,
) -> Result<(), PbfError> {
    let is_of_way = |edge: EdgeNo, way: i64| edges.binary_search(&(way, edge)).is_ok();
    let out = ways_out.of(via);
    let arriving = |builder: &NetworkBuilder| {
        let start = edges.partition_point(|(id, _)| *id < from);
        let of_way = edges.get(start..).unwrap_or_default().iter().take_while(|(id, _)| *id == from);
        let drives = of_way.flat_map(|(_, edge)| [false, true].map(|backward| Drive { edge: *edge, backward }));
        let mut arriving = drives.filter(|drive| {
            let [start, end] = builder.ends(drive.edge).unwrap_or_default();
            let head = if drive.backward { start } else { end };
            head == via && !(drive.backward && builder.one_way(drive.edge))
        });
        arriving.next().filter(|_| arriving.next().is_none())
    };
    let mut leaving = out.iter().map(|no| Drive::from_no(*no)).filter(|drive| is_of_way(drive.edge, to));
    // A way that goes on through the junction does not say on which side of it the turn starts or ends.
    let (Some(from), Some(to), None) = (arriving(builder), leaving.next(), leaving.next()) else {
        turns.apart += 1;
        return Ok(());
    };
    for drive in out.iter().map(|no| Drive::from_no(*no)).filter(|drive| (*drive == to) != only) {
        builder.ban(Ban { from, to: drive })?;
    }
    turns.banned += 1;
    Ok(())
}
