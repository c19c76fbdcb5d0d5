//! What the tags of a way say of it: OpenStreetMap's words (<https://wiki.openstreetmap.org/wiki/Key:highway>), and ours.

use super::{
    report::{Extras, Why},
    speed::speed_kmh,
};
use crate::roads::RoadClass;

/// Which way a road leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Both,
    Forward,
    /// Against the order of its points.
    Backward,
}

/// A road as its tags tell of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tagged<'a> {
    pub(super) class: RoadClass,
    pub(super) speed_kmh: u8,
    pub(super) direction: Direction,
    pub(super) bridge: bool,
    pub(super) zh: &'a str,
    pub(super) en: &'a str,
}

/// The class of a word of the key `highway`, or of ours, and the speed where no other is given.
fn class_of(word: &str) -> Result<(RoadClass, u8), Why> {
    Ok(match word {
        "ring" => (RoadClass::Ring, 80),
        "motorway" => (RoadClass::Motorway, 110),
        "motorway_link" => (RoadClass::Motorway, 60),
        "trunk" | "highway" => (RoadClass::Highway, 80),
        "trunk_link" => (RoadClass::Highway, 50),
        "primary" | "arterial" => (RoadClass::Arterial, 60),
        "primary_link" => (RoadClass::Arterial, 45),
        "secondary" | "secondary_link" => (RoadClass::Secondary, 50),
        "tertiary" | "tertiary_link" => (RoadClass::Secondary, 45),
        "unclassified" | "road" => (RoadClass::Street, 40),
        "residential" | "street" => (RoadClass::Street, 30),
        "living_street" => (RoadClass::Street, 15),
        "service" => (RoadClass::Service, 20),
        "track" | "emergency_bay" => (RoadClass::Service, 15),
        "path" | "footway" | "pedestrian" | "cycleway" | "bridleway" | "steps" | "corridor" | "via_ferrata" => (RoadClass::Path, 5),
        "ferry" => (RoadClass::Ferry, 15),
        "busway" | "bus_guideway" => return Err(Why::Buses),
        "construction" | "proposed" | "planned" | "abandoned" | "razed" | "disused" | "no" => return Err(Why::NotThere),
        _ => return Err(Why::UnknownClass),
    })
}

/// What the tags of a way make of it; none for what is no road at all, an error for a road that is left out.
pub(super) fn read<'a>(tag: impl Fn(&str) -> Option<&'a str>, extras: Extras) -> Option<Result<Tagged<'a>, Why>> {
    let ferry = tag("route").filter(|route| *route == "ferry");
    let word = tag("highway").or(ferry)?;
    Some(class_of(word).and_then(|(class, default_kmh)| {
        if tag("area") == Some("yes") {
            return Err(Why::Area);
        }
        match class {
            RoadClass::Path if !extras.paths => return Err(Why::Walkers),
            RoadClass::Ferry if !extras.ferries => return Err(Why::Ferry),
            RoadClass::Path => may_walk(&tag)?,
            _ => may_drive(&tag)?,
        }
        let direction = if class == RoadClass::Path { Direction::Both } else { direction(&tag, word)? };
        let name = |language: &str| tag(language).or_else(|| tag("name")).or_else(|| tag("ref")).unwrap_or_default();
        Ok(Tagged {
            class,
            speed_kmh: speed_kmh(&tag).unwrap_or(default_kmh),
            direction,
            bridge: tag("bridge").is_some_and(|bridge| !matches!(bridge, "no" | "false" | "0")),
            zh: name("name:zh"),
            en: name("name:en"),
        })
    }))
}

/// Whether cars may go there: the most exact key that is there decides
/// (<https://wiki.openstreetmap.org/wiki/Key:access>). `emergency=yes` opens what is closed to others.
fn may_drive<'a>(tag: &impl Fn(&str) -> Option<&'a str>) -> Result<(), Why> {
    if matches!(tag("emergency"), Some("yes" | "designated" | "official")) {
        return Ok(());
    }
    let said = ["motorcar", "motor_vehicle", "vehicle", "access"].into_iter().find_map(tag);
    match said.map(|value| value.split(';').next().unwrap_or(value).trim()) {
        Some("private" | "permit" | "military" | "residents") => Err(Why::Private),
        Some("delivery") => Err(Why::Deliveries),
        Some("agricultural" | "forestry" | "agricultural;forestry") => Err(Why::Fields),
        // A road that is closed, but for buses.
        Some("no" | "bus" | "psv") if ["bus", "psv"].into_iter().any(|key| matches!(tag(key), Some("yes" | "designated"))) => {
            Err(Why::Buses)
        }
        Some("no" | "emergency" | "bus" | "psv" | "foot" | "bicycle") => Err(Why::NoEntry),
        _ => Ok(()),
    }
}

fn may_walk<'a>(tag: &impl Fn(&str) -> Option<&'a str>) -> Result<(), Why> {
    match ["foot", "access"].into_iter().find_map(tag) {
        Some("private" | "permit" | "military" | "residents") => Err(Why::Private),
        Some("no") => Err(Why::NoEntry),
        _ => Ok(()),
    }
}

/// <https://wiki.openstreetmap.org/wiki/Key:oneway>: what is said of cars goes before what is said of all, and what is said of
/// bicycles or buses alone says nothing of cars. Roundabouts and motorways are one-way where nothing is said.
fn direction<'a>(tag: &impl Fn(&str) -> Option<&'a str>, word: &str) -> Result<Direction, Why> {
    let said = ["oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway"].into_iter().find_map(tag);
    let implied = word == "motorway" || matches!(tag("junction"), Some("roundabout" | "circular"));
    match said {
        Some("yes" | "true" | "1" | "F") => Ok(Direction::Forward),
        Some("-1" | "reverse" | "T") => Ok(Direction::Backward),
        Some("reversible" | "alternating") => Err(Why::Reversible),
        Some("no" | "false" | "0" | "B") => Ok(Direction::Both),
        _ if implied => Ok(Direction::Forward),
        _ => Ok(Direction::Both),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(tags: &[(&'static str, &'static str)]) -> Option<Result<Tagged<'static>, Why>> {
        read(|key| tags.iter().find(|(k, _)| *k == key).map(|(_, v)| *v), Extras::default())
    }

    fn direction_of(tags: &[(&'static str, &'static str)]) -> Direction {
        told(tags).unwrap().unwrap().direction
    }

    #[test]
    fn one_way_as_the_words_say() {
        use Direction::{Backward, Both, Forward};
        let street = ("highway", "residential");
        for (rest, expected) in [
            (vec![], Both),
            (vec![("oneway", "yes")], Forward),
            (vec![("oneway", "1")], Forward),
            (vec![("oneway", "-1")], Backward),
            (vec![("oneway", "no")], Both),
            (vec![("junction", "roundabout")], Forward),
            (vec![("junction", "circular")], Forward),
            (vec![("junction", "roundabout"), ("oneway", "no")], Both),
            (vec![("oneway", "yes"), ("oneway:bicycle", "no")], Forward),
            (vec![("oneway:bus", "yes")], Both),
            (vec![("oneway", "yes"), ("oneway:motor_vehicle", "no")], Both),
            (vec![("oneway", "no"), ("oneway:motorcar", "yes")], Forward),
        ] {
            let tags: Vec<_> = [street].into_iter().chain(rest).collect();
            assert_eq!(direction_of(&tags), expected, "{tags:?}");
        }
        assert_eq!(direction_of(&[("highway", "motorway")]), Forward);
        assert_eq!(direction_of(&[("highway", "motorway"), ("oneway", "no")]), Both);
        assert_eq!(direction_of(&[("highway", "motorway_link")]), Both);
        assert_eq!(told(&[street, ("oneway", "reversible")]), Some(Err(Why::Reversible)));
    }

    #[test]
    fn who_may_drive_is_said_by_the_most_exact_word() {
        for (tags, expected) in [
            (vec![("access", "private")], Some(Why::Private)),
            (vec![("access", "no")], Some(Why::NoEntry)),
            (vec![("access", "no"), ("motor_vehicle", "yes")], None),
            (vec![("access", "no"), ("bus", "yes")], Some(Why::Buses)),
            (vec![("access", "yes"), ("motor_vehicle", "private")], Some(Why::Private)),
            (vec![("vehicle", "delivery")], Some(Why::Deliveries)),
            (vec![("motor_vehicle", "agricultural;forestry")], Some(Why::Fields)),
            (vec![("motor_vehicle", "destination")], None),
            (vec![("access", "customers")], None),
            (vec![("access", "private"), ("emergency", "yes")], None),
            (vec![("foot", "no")], None),
        ] {
            let all: Vec<_> = [("highway", "service")].into_iter().chain(tags).collect();
            assert_eq!(told(&all).unwrap().err(), expected, "{all:?}");
        }
    }

    #[test]
    fn what_is_no_road_is_told_apart_from_a_road_that_is_left_out() {
        assert_eq!(told(&[("building", "yes")]), None);
        assert_eq!(told(&[("route", "bus")]), None);
        assert_eq!(told(&[("route", "ferry")]), Some(Err(Why::Ferry)));
        assert_eq!(told(&[("highway", "footway")]), Some(Err(Why::Walkers)));
        assert_eq!(told(&[("highway", "construction")]), Some(Err(Why::NotThere)));
        assert_eq!(told(&[("highway", "raceway")]), Some(Err(Why::UnknownClass)));
        assert_eq!(told(&[("highway", "service"), ("area", "yes")]), Some(Err(Why::Area)));
    }

    #[test]
    fn every_word_of_ours_is_a_class() {
        for class in RoadClass::ALL {
            assert_eq!(class_of(class.as_str()).unwrap().0, *class);
        }
    }

    #[test]
    fn a_name_is_in_both_languages_where_both_are_there() {
        let both = told(&[("highway", "primary"), ("name", "Esplanadi"), ("name:en", "Esplanade")]).unwrap().unwrap();
        assert_eq!((both.zh, both.en), ("Esplanadi", "Esplanade"));
        let number = told(&[("highway", "trunk"), ("ref", "G210")]).unwrap().unwrap();
        assert_eq!((number.zh, number.en), ("G210", "G210"));
    }
}
