//! Speed limits as OpenStreetMap writes them (<https://wiki.openstreetmap.org/wiki/Key:maxspeed>).

/// Kilometres in a mile.
const KM_PER_MILE: f64 = 1.609_344;
/// Kilometres in a nautical mile.
const KM_PER_KNOT: f64 = 1.852;
/// Where nothing limits the speed, km/h.
const NO_LIMIT_KMH: f64 = 130.0;
/// At walking pace, km/h.
const WALK_KMH: f64 = 7.0;

/// The speed limit of a way, km/h, 1 to 255. Where the two directions differ and nothing is said of both, the greater.
pub(super) fn speed_kmh<'a>(tag: &impl Fn(&str) -> Option<&'a str>) -> Option<u8> {
    let of = |key: &str| tag(key).and_then(limit_kmh);
    let apart = || [of("maxspeed:forward"), of("maxspeed:backward")].into_iter().flatten().max();
    let words = || ["maxspeed:type", "source:maxspeed", "zone:maxspeed"].into_iter().find_map(of);
    of("maxspeed").or_else(apart).or_else(words)
}

/// One value: `50`, `50 km/h`, `30 mph`, `FI:urban`, `none`, `walk`; of a list the first.
fn limit_kmh(value: &str) -> Option<u8> {
    let value = value.split([';', '|']).next()?.trim();
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let kmh = match (number.parse::<f64>(), unit.trim()) {
        (Ok(number), "" | "km/h" | "kmh" | "kph") => number,
        (Ok(number), "mph") => number * KM_PER_MILE,
        (Ok(number), "knots" | "kn") => number * KM_PER_KNOT,
        (Ok(_), _) => return None,
        (Err(_), "none") => NO_LIMIT_KMH,
        (Err(_), "walk") => WALK_KMH,
        (Err(_), word) => by_law_kmh(word)?,
    };
    // Conversions saturate.
    Some(kmh.round() as u8).filter(|kmh| *kmh > 0)
}

/// The limit that the law of a country sets: `FI:urban`, `DE:zone30`
/// (<https://wiki.openstreetmap.org/wiki/Key:maxspeed#Commonly_used_values>). Where a country is not listed, what most have.
fn by_law_kmh(word: &str) -> Option<f64> {
    let (country, place) = word.split_once(':')?;
    if let Some(zone) = place.strip_prefix("zone") {
        return zone.trim_start_matches(':').parse().ok();
    }
    let of = |list: &[(&str, f64)], others: f64| list.iter().find(|(name, _)| *name == country).map_or(others, |(_, kmh)| *kmh);
    Some(match place {
        "urban" => of(&[("RU", 60.0), ("UA", 50.0), ("GB", 30.0 * KM_PER_MILE), ("US", 25.0 * KM_PER_MILE), ("JP", 40.0)], 50.0),
        "rural" => of(
            &[
                ("DE", 100.0),
                ("AT", 100.0),
                ("RU", 90.0),
                ("UA", 90.0),
                ("GB", 60.0 * KM_PER_MILE),
                ("US", 55.0 * KM_PER_MILE),
                ("SE", 70.0),
                ("CN", 70.0),
                ("IT", 90.0),
                ("ES", 90.0),
                ("PL", 90.0),
                ("JP", 60.0),
            ],
            80.0,
        ),
        "trunk" => of(&[("GB", 70.0 * KM_PER_MILE), ("CN", 80.0), ("SE", 90.0)], 100.0),
        "nsl_single" => 60.0 * KM_PER_MILE,
        "nsl_dual" => 70.0 * KM_PER_MILE,
        "motorway" => of(
            &[
                ("DE", NO_LIMIT_KMH),
                ("GB", 70.0 * KM_PER_MILE),
                ("RU", 110.0),
                ("SE", 110.0),
                ("JP", 100.0),
                ("AT", 130.0),
                ("FR", 130.0),
                ("IT", 130.0),
            ],
            120.0,
        ),
        "living_street" => of(&[("RU", 20.0), ("UA", 20.0), ("PL", 20.0)], 10.0),
        "bicycle_road" | "school" => 30.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_in_all_its_ways() {
        for (text, expected) in [
            ("50", Some(50)),
            ("50 km/h", Some(50)),
            ("30 mph", Some(48)),
            ("30mph", Some(48)),
            ("20 knots", Some(37)),
            ("50;80", Some(50)),
            ("none", Some(130)),
            ("walk", Some(7)),
            ("FI:urban", Some(50)),
            ("DE:rural", Some(100)),
            ("FI:rural", Some(80)),
            ("GB:nsl_single", Some(97)),
            ("CN:motorway", Some(120)),
            ("DE:zone30", Some(30)),
            ("DE:zone:20", Some(20)),
            ("RU:living_street", Some(20)),
            ("0", None),
            ("signals", None),
            ("variable", None),
            ("fast", None),
            ("", None),
            ("-5", None),
            ("1e400", None),
            ("999", Some(255)),
        ] {
            assert_eq!(limit_kmh(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_said_of_both_directions_goes_first() {
        let told = |tags: &'static [(&str, &str)]| speed_kmh(&|key: &str| tags.iter().find(|(k, _)| *k == key).map(|(_, v)| *v));
        assert_eq!(told(&[("maxspeed", "40"), ("maxspeed:forward", "70")]), Some(40));
        assert_eq!(told(&[("maxspeed:forward", "50"), ("maxspeed:backward", "70")]), Some(70));
        assert_eq!(told(&[("maxspeed", "signals"), ("source:maxspeed", "FI:urban")]), Some(50));
        assert_eq!(told(&[("maxspeed:type", "RU:rural")]), Some(90));
        assert_eq!(told(&[]), None);
    }
}
