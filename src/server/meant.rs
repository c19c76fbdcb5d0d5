//! Which roads would a closure be on?

use std::{cmp::Reverse, collections::HashMap};

use serde::{Deserialize, Serialize};

use super::{
    App, body,
    problem::{Problem, ProblemDocument, ProblemKind},
    question::{Asked, write},
    roads::{MultiLineString, length_m},
};
use crate::{
    engine::Roads,
    model::{Drawn, Name},
    roads::{Drive, EdgeNo},
};

/// The most names of roads in an answer.
const NAMES_MAX: usize = 5;

/// What edges are called, the name that most of them have first, at most five; those without a name are left out.
pub(super) fn names(roads: &Roads, edges: &[EdgeNo]) -> Vec<Name> {
    let mut names: HashMap<Name, usize> = HashMap::new();
    for edge in edges.iter().filter_map(|edge| roads.network.edges().get(*edge as usize)) {
        let name = Name::from(edge.name);
        if !(name.zh.is_empty() && name.en.is_empty()) {
            *names.entry(name).or_default() += 1;
        }
    }
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_unstable_by(|(a, many), (b, few)| (Reverse(many), &a.zh, &a.en).cmp(&(Reverse(few), &b.zh, &b.en)));
    names.truncate(NAMES_MAX);
    names.into_iter().map(|(name, _)| name).collect()
}

/// What somebody drew.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeantAsk {
    /// As a closure has it.
    #[serde(rename = "where")]
    #[schema(value_type = Object)]
    place: Drawn,
}

/// The roads that it means.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MeantJson {
    edge_count: usize,
    /// How many of them may be driven one way only.
    one_way_count: usize,
    /// Together, metres.
    length_m: f64,
    /// What they are called, the one with the most edges first, at most five; those without a name are left out.
    names: Vec<Name>,
    geometry: MultiLineString,
}

/// Which roads are meant by what is drawn: what a closure would be on, without closing anything.
#[utoipa::path(post, path = "/v1/roads/meant", tag = "roads", request_body = MeantAsk,
    responses((status = 200, body = MeantJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn meant(app: &App, Asked { pass, body: content, .. }: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let MeantAsk { place } = body::parse_json(content)?;
    let seen = app.seen(pass);
    let roads = seen.roads();
    let edges = roads.meant(&place).map_err(|error| Problem::new(ProblemKind::Invalid, error.to_string()).field(error.field()))?;
    let one_way = |edge: &&EdgeNo| roads.network.edges().get(**edge as usize).is_some_and(|edge| edge.one_way);
    write(
        out,
        &MeantJson {
            edge_count: edges.len(),
            one_way_count: edges.iter().filter(one_way).count(),
            length_m: length_m(roads, &edges),
            names: names(roads, &edges),
            geometry: MultiLineString::new(roads, edges.iter().map(|edge| Drive { edge: *edge, backward: false })),
        },
    )
}
