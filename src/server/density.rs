//! How many units stand in each H3 cell?

use std::collections::BTreeMap;

use h3o::Resolution;
use serde::Serialize;

use super::{
    App,
    problem::{Problem, ProblemDocument, ProblemKind},
    question::{Asked, write},
    units::{Wanted, wanted},
};
use crate::{engine::DensityQuery, model::Status};

/// The parameters of `GET /v1/density`.
pub const PARAMS: &[&str] = &["res", "bbox", "kind", "status", "capability", "org"];

/// The coarsest cells: some 1,770 km² each.
const RES_MIN: u8 = 4;
/// The finest cells: some 0.1 km² each.
const RES_MAX: u8 = 9;
/// The resolution when nothing is said: some 5 km² a cell.
const RES_DEFAULT: u8 = 7;
/// The most cells in an answer.
pub const CELLS_MAX: usize = 100_000;

/// The units of one cell.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CellJson<'a> {
    /// The H3 index of the cell.
    #[schema(example = "87415d2a4ffffff")]
    cell: String,
    /// Units in it.
    units: u32,
    /// Units by status; without those of which there are none.
    #[schema(value_type = Object, example = json!({"available": 3, "busy": 9}))]
    by_status: &'a BTreeMap<Status, u32>,
}

/// Units by cell.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DensityJson<'a> {
    /// The resolution of the cells.
    res: u8,
    /// By their index, ascending; without cells in which nobody stands.
    cells: Vec<CellJson<'a>>,
}

/// How many units with a fix stand in each H3 cell: for other systems' maps of density and coverage.
#[utoipa::path(get, path = "/v1/density", tag = "units",
    params(("res" = Option<u8>, Query, description = "the H3 resolution, 4 to 9; 7 when not given"),
        ("bbox" = Option<String>, Query, description = "units within west,south,east,north in degrees; west above east crosses the antimeridian"),
        ("kind" = Option<String>, Query, description = "any of these, separated by commas"),
        ("status" = Option<String>, Query, description = "any of these, separated by commas"),
        ("capability" = Option<String>, Query, description = "all of these, separated by commas"),
        ("org" = Option<String>, Query, description = "this organisation and all below it")),
    responses((status = 200, body = DensityJson),
        (status = "default", description = "A problem", body = ProblemDocument, content_type = "application/problem+json")))]
pub fn density(app: &App, Asked { pass, params, .. }: &Asked<'_>, out: &mut Vec<u8>) -> Result<(), Problem> {
    let seen = app.seen(pass);
    let res = params.number("res", RES_MIN..=RES_MAX, "an H3 resolution")?.unwrap_or(RES_DEFAULT);
    let resolution = Resolution::try_from(res).map_err(|error| Problem::out_of_range("res", &res.to_string(), &error.to_string()))?;
    let Wanted { boxes, filter } = wanted(params, &seen)?;
    let cells = seen.density(&DensityQuery { resolution, boxes, filter });
    check_count(res, cells.len())?;
    let cells =
        cells.iter().map(|(cell, density)| CellJson { cell: cell.to_string(), units: density.units, by_status: &density.by_status });
    write(out, &DensityJson { res, cells: cells.collect() })
}

fn check_count(res: u8, count: usize) -> Result<(), Problem> {
    if count <= CELLS_MAX {
        return Ok(());
    }
    let expected = format!("a lower res, or a bbox, so that there are at most {CELLS_MAX} cells");
    Err(Problem::new(ProblemKind::OutOfRange, format!("units stand in {count} cells of resolution {res}: give {expected}"))
        .field("res")
        .value(&res.to_string())
        .expected(expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_an_end() {
        check_count(9, CELLS_MAX).unwrap();
        let problem = check_count(9, CELLS_MAX + 1).unwrap_err();
        assert_eq!((problem.kind(), problem.document().field), (ProblemKind::OutOfRange, Some("res")));
    }
}
