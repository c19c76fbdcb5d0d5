//! Opens a file of roads, finds the junctions nearest to two places, and tells how long a car takes from one to the other: the
//! plainest search there is, over the graph that knows banned turns.
//!
//! ```sh
//! cargo run --release --example drive -- ROADS 60.1699,24.9384 60.2055,24.9617
//! ```
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
    error::Error,
    path::PathBuf,
    time::Instant,
};

use citygate::{
    geodesy::{LatLng, haversine_m},
    import,
    roads::{Costs, Drive, NEVER, NodeNo, Paces, RoadGraph, RoadNetwork, Travel},
};
use clap::Parser;

#[derive(Parser)]
struct Arguments {
    /// What `citygate import roads` wrote.
    roads: PathBuf,
    /// Latitude and longitude of the start.
    #[arg(value_parser = place)]
    from: LatLng,
    /// Of the end.
    #[arg(value_parser = place)]
    to: LatLng,
}

fn place(text: &str) -> Result<LatLng, String> {
    let (lat, lng) = text.split_once(',').ok_or("give LAT,LON")?;
    let number = |text: &str| text.trim().parse::<f64>().map_err(|error| format!("{text}: {error}"));
    LatLng::new(number(lat)?, number(lng)?).map_err(|error| error.to_string())
}

/// The time of the quickest way and its drives, by E. W. Dijkstra's algorithm.
fn quickest(graph: &RoadGraph, cost: &[u32], from: NodeNo, to: NodeNo) -> Option<(u32, Vec<Drive>)> {
    let mut best = vec![(NEVER, from, NEVER); graph.len()];
    let mut open = BinaryHeap::from([(Reverse(0), from)]);
    best.get_mut(from as usize)?.0 = 0;
    while let Some((Reverse(ms), node)) = open.pop() {
        // A node after a banned turn stands at the same junction as another.
        if graph.junction(node) == Some(to) {
            let (mut drives, mut here) = (Vec::new(), node);
            while here != from {
                let (_, before, drive) = *best.get(here as usize)?;
                drives.push(Drive::from_no(drive));
                here = before;
            }
            drives.reverse();
            return Some((ms, drives));
        }
        if ms > best.get(node as usize)?.0 {
            continue;
        }
        for link in graph.ways_out(node) {
            let next = ms.saturating_add(*cost.get(link.drive as usize)?);
            let known = best.get_mut(link.node as usize)?;
            if next < known.0 {
                *known = (next, node, link.drive);
                open.push((Reverse(next), link.node));
            }
        }
    }
    None
}

fn names(network: &RoadNetwork, drives: &[Drive]) -> Vec<String> {
    let mut names: Vec<String> = drives
        .iter()
        .filter_map(|drive| Some(network.edges().get(drive.edge as usize)?.name.en.to_owned()))
        .filter(|name| !name.is_empty())
        .collect();
    names.dedup();
    names
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { roads, from, to } = Arguments::parse();
    let started = Instant::now();
    let import::RoadFile { network, attribution } = import::open(&roads)?;
    println!("{} junctions, {} edges, opened in {:.0?}", network.junctions().len(), network.edges().len(), started.elapsed());
    let classes: BTreeSet<_> = network.edges().iter().map(|edge| edge.class).collect();
    println!("{}", classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(", "));
    let (Some(start), Some(end)) = (network.nearest_junction(from), network.nearest_junction(to)) else { return Err("no roads".into()) };
    let (graph, costs) = (RoadGraph::new(&network), Costs::new(&network, &Paces::default()));
    for travel in [Travel::Car, Travel::UrgentCar, Travel::Foot] {
        let Some((ms, drives)) = quickest(&graph, costs.of(travel), start, end) else {
            println!("{travel}: no way");
            continue;
        };
        let metres: f64 = drives.iter().filter_map(|drive| network.length_m(drive.edge)).sum();
        println!(
            "{travel}: {:.1} min, {:.0} m by road, {:.0} m as the crow flies",
            f64::from(ms) / 60_000.0,
            metres,
            haversine_m(from, to)
        );
        if travel == Travel::Car {
            println!("  {}", names(&network, &drives).iter().take(12).map(String::as_str).collect::<Vec<_>>().join(" > "));
        }
    }
    println!("{attribution}");
    Ok(())
}
