//! Roads in: OpenStreetMap files that the real `osmium` wrote, and `FlatGeobuf` lines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails here fails the test")]

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
    process::Command,
};

use citygate::{
    city,
    geodesy::LatLng,
    import::{self, Extras, ImportError, Options, Report, Why, lines::Columns},
    roads::{Costs, Edge, Paces, Point, RoadClass, RoadGraph, RoadNetwork, Travel},
};
use flatgeobuf::{ColumnType, FgbWriter, GeometryType};
use geo::{Geometry, LineString};
use geozero::{ColumnValue, PropertyProcessor};
use tempfile::TempDir;

/// A map of nodes 0.001 degrees apart: node `10 * row + column`.
#[derive(Default)]
struct Map {
    ways: String,
    relations: String,
    node_tags: Vec<(u32, &'static str)>,
    missing: Vec<u32>,
}

impl Map {
    /// A way over nodes, with tags as `key=value,key=value`.
    fn way(mut self, id: u32, nodes: &[u32], tags: &str) -> Self {
        let nodes: Vec<String> = nodes.iter().map(|node| format!("n{node}")).collect();
        writeln!(self.ways, "w{id} T{tags} N{}", nodes.join(",")).unwrap();
        self
    }

    fn relation(mut self, id: u32, members: &str, tags: &str) -> Self {
        writeln!(self.relations, "r{id} Ttype=restriction,{tags} M{members}").unwrap();
        self
    }

    fn node(mut self, node: u32, tags: &'static str) -> Self {
        self.node_tags.push((node, tags));
        self
    }

    /// A file as `osmium` writes it.
    fn write(&self, arguments: &[&str]) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (opl, pbf) = (folder.path().join("map.opl"), folder.path().join("map.osm.pbf"));
        let mut text = String::new();
        for node in (0..100).filter(|node| !self.missing.contains(node)) {
            let (lat, lng) = (22.8 + f64::from(node / 10) * 0.001, 108.3 + f64::from(node % 10) * 0.001);
            let tags = self.node_tags.iter().find(|(no, _)| *no == node).map_or("", |(_, tags)| tags);
            writeln!(text, "n{node} T{tags} x{lng:.7} y{lat:.7}").unwrap();
        }
        fs::write(&opl, text + &self.ways + &self.relations).unwrap();
        let run = Command::new("osmium").arg("cat").arg(&opl).args(["-o"]).arg(&pbf).args(arguments).output();
        let run = run.expect("osmium is not installed: make setup installs it");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        (folder, pbf)
    }

    fn import_with(&self, extras: Extras, arguments: &[&str]) -> (RoadNetwork, Report) {
        let (folder, pbf) = self.write(arguments);
        let options = Options { file: pbf, out: folder.path().join("roads"), columns: Columns::default(), extras, attribution: None };
        let report = import::run(&options).unwrap();
        (import::open(&options.out).unwrap().network, report)
    }

    fn import(&self) -> (RoadNetwork, Report) {
        self.import_with(Extras::default(), &[])
    }
}

fn place(node: u32) -> LatLng {
    LatLng::new(22.8 + f64::from(node / 10) * 0.001, 108.3 + f64::from(node % 10) * 0.001).unwrap()
}

/// The square 0, 9, 99, 90 that everything else is reached by.
fn square() -> Map {
    Map::default().way(1, &[0, 9, 99, 90, 0], "highway=residential")
}

fn junction(network: &RoadNetwork, node: u32) -> Option<u32> {
    (0..network.junctions().len() as u32)
        .find(|n| citygate::geodesy::haversine_m(network.junctions().get(*n as usize).unwrap(), place(node)) < 0.1)
}

/// The edge from node to node, as its line runs.
fn edge(network: &RoadNetwork, from: u32, to: u32) -> Option<Edge<'_>> {
    let (from, to) = (junction(network, from)?, junction(network, to)?);
    network.edges().iter().find(|edge| edge.from == from && edge.to == to)
}

/// The nodes that one may come to next, driving.
fn next(network: &RoadNetwork, node: u32) -> Vec<u32> {
    let from = junction(network, node).unwrap();
    let mut found: Vec<u32> =
        network.arcs(from).map(|arc| (0..100).find(|node| junction(network, *node) == Some(arc.to)).unwrap()).collect();
    found.sort_unstable();
    found
}

#[test]
fn one_way_streets_lead_the_way_that_is_said() {
    let map = square().way(2, &[0, 99], "highway=primary,oneway=yes").way(3, &[9, 90], "highway=primary,oneway=-1,name=Diagonal").way(
        4,
        &[0, 45, 9],
        "highway=residential,oneway=yes,oneway:motor_vehicle=no",
    );
    let (network, _) = map.import();
    assert!(edge(&network, 0, 99).unwrap().one_way && !next(&network, 99).contains(&0));
    let against = edge(&network, 90, 9).unwrap();
    assert!(against.one_way && edge(&network, 9, 90).is_none());
    assert_eq!((against.class, against.name.zh), (RoadClass::Arterial, "Diagonal"));
    assert!(!edge(&network, 0, 9).unwrap().one_way);
}

#[test]
fn a_roundabout_goes_round_one_way() {
    let map = square()
        .way(2, &[44, 45, 55, 54, 44], "highway=secondary,junction=roundabout")
        .way(3, &[0, 44], "highway=secondary")
        .way(4, &[99, 55], "highway=secondary")
        .way(5, &[9, 45], "highway=secondary");
    let (network, _) = map.import();
    assert_eq!(next(&network, 44), [0, 45]);
    assert_eq!(next(&network, 45), [9, 55]);
    // From the last street round to the first: the two nodes between are no junctions.
    assert_eq!(next(&network, 55), [44, 99]);
    let back = edge(&network, 55, 44).unwrap();
    assert_eq!(back.shape.iter().map(Point::from).collect::<Vec<_>>(), [55, 54, 44].map(|node| Point::from(place(node))));
}

#[test]
fn a_bridge_does_not_touch_what_it_crosses() {
    // Both pass over the middle; only the two in the second row share a node there.
    let map = square().way(2, &[0, 99], "highway=primary,bridge=yes,layer=1").way(3, &[9, 90], "highway=primary");
    let (network, _) = map.import();
    assert!(edge(&network, 0, 99).unwrap().bridge && !edge(&network, 9, 90).unwrap().bridge);
    assert_eq!((network.junctions().len(), network.edges().len()), (4, 6));
    let map = square().way(2, &[0, 44, 99], "highway=primary,tunnel=yes,layer=-1").way(3, &[9, 44, 90], "highway=primary");
    let (network, _) = map.import();
    assert_eq!(next(&network, 44), [0, 9, 90, 99], "what shares a node meets there");
}

/// A cross at 44: 4 in the north, 40 in the west, 49 in the east, 94 in the south.
fn cross() -> Map {
    Map::default()
        .way(1, &[0, 4, 9, 49, 99, 94, 90, 40, 0], "highway=residential")
        .way(2, &[4, 44], "highway=residential")
        .way(3, &[40, 44], "highway=residential")
        .way(4, &[44, 49], "highway=residential")
        .way(5, &[44, 94], "highway=residential")
}

/// Where one may go on from 44, coming from another node, by the graph that searches walk.
fn onward(network: &RoadNetwork, from: u32) -> Vec<u32> {
    let graph = RoadGraph::new(network);
    let (from, middle) = (junction(network, from).unwrap(), junction(network, 44).unwrap());
    let arriving = graph.ways_out(from).iter().find(|link| graph.junction(link.node) == Some(middle)).unwrap();
    let mut found: Vec<u32> = graph
        .ways_out(arriving.node)
        .iter()
        .filter_map(|link| (0..100).find(|node| junction(network, *node) == graph.junction(link.node)))
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn turn_restrictions_ban_turns() {
    let (network, report) = cross().relation(1, "w3@from,n44@via,w5@to", "restriction=no_right_turn").import();
    assert_eq!((onward(&network, 40), onward(&network, 4)), (vec![4, 40, 49], vec![4, 40, 49, 94]));
    assert_eq!((report.turns.banned, network.bans().len()), (1, 1));
    let (network, _) = cross().relation(1, "w2@from,n44@via,w5@to", "restriction=only_straight_on").import();
    assert_eq!((onward(&network, 4), onward(&network, 40)), (vec![94], vec![4, 40, 49, 94]));
    let (network, _) = cross().relation(1, "w2@from,n44@via,w2@to", "restriction=no_u_turn").import();
    assert_eq!(onward(&network, 4), [40, 49, 94]);
    let (network, _) = cross().relation(1, "w2@from,w3@from,n44@via,w5@to", "restriction=no_entry").import();
    assert_eq!((onward(&network, 4), onward(&network, 40), onward(&network, 49)), (vec![4, 40, 49], vec![4, 40, 49], vec![4, 40, 49, 94]));
}

#[test]
fn restrictions_that_cannot_be_kept_are_counted() {
    let (network, report) = cross()
        .relation(1, "w2@from,w4@via,w5@to", "restriction=no_left_turn")
        .relation(2, "w2@from,n44@via,w77@to", "restriction=no_left_turn")
        .relation(3, "w2@from,n44@via,w5@to", "restriction:hgv=no_straight_on")
        .relation(4, "w2@from,n44@via,w5@to", "restriction:conditional=no_left_turn%20%@%20%(Mo-Fr)")
        .relation(5, "w1@from,n44@via,w5@to", "restriction=no_left_turn")
        .relation(6, "w2@from,n44@via,w5@to", "restriction=no_straight_on,except=emergency;psv")
        .import();
    assert!(network.bans().is_empty());
    assert_eq!((report.turns.via_way, report.turns.apart, report.turns.conditional), (1, 2, 2));
}

#[test]
fn what_cannot_be_driven_is_left_out_and_said() {
    let map = square()
        .way(2, &[0, 11], "highway=footway")
        .way(3, &[0, 12], "highway=service,access=private")
        .way(4, &[0, 13], "highway=service,motor_vehicle=delivery")
        .way(5, &[0, 14], "highway=residential,access=no")
        .way(6, &[0, 15], "highway=construction,construction=primary")
        .way(7, &[0, 16], "route=ferry")
        .way(8, &[0, 17], "building=yes")
        .way(9, &[0, 18], "highway=residential,access=no,bus=yes")
        .way(10, &[0, 21], "highway=service,access=private,emergency=yes")
        .way(11, &[0, 22], "highway=residential,motor_vehicle=destination");
    let (network, report) = map.import();
    let count = |why| report.left_out.get(&why).map_or(0, |(count, _)| *count);
    for why in [Why::Walkers, Why::Private, Why::Deliveries, Why::NoEntry, Why::NotThere, Why::Ferry, Why::Buses] {
        assert_eq!(count(why), 1, "{why}");
    }
    assert_eq!(report.left_out.len(), 7);
    assert_eq!(next(&network, 0), [0, 0, 21, 22], "the square is one edge, both ways");
    assert_eq!(report.dead_ends, 2);
    let told = report.to_string();
    for words in
        ["1  private, e.g. service", "1  ferries (--ferries takes them), e.g. ferry", "2 dead ends", "© OpenStreetMap contributors"]
    {
        assert!(told.contains(words), "{told} has no {words:?}");
    }
    let (network, report) = map.import_with(Extras { paths: true, ferries: true }, &[]);
    assert_eq!(next(&network, 0), [0, 0, 11, 16, 21, 22]);
    assert!(!report.left_out.contains_key(&Why::Walkers) && !report.left_out.contains_key(&Why::Ferry));
    // Walkers alone go along a path.
    let path = (0..network.edges().len()).find(|n| network.edges().get(*n).unwrap().class == RoadClass::Path).unwrap();
    let costs = Costs::new(&network, &Paces::default());
    assert!(costs.of(Travel::Foot)[2 * path] < u32::MAX && costs.of(Travel::UrgentMotorcycle)[2 * path] == u32::MAX);
}

#[test]
fn speeds_are_those_of_the_signs_else_of_the_class() {
    let map = square()
        .way(2, &[0, 11], "highway=residential,maxspeed=40")
        .way(3, &[0, 12], "highway=residential,maxspeed=30%20%mph")
        .way(4, &[0, 13], "highway=motorway,oneway=no,maxspeed=FI:motorway")
        .way(5, &[0, 14], "highway=residential")
        .way(6, &[0, 15], "highway=trunk");
    let (network, _) = map.import();
    let speeds: Vec<u8> = [11, 12, 13, 14, 15].iter().map(|node| edge(&network, 0, *node).unwrap().speed_kmh).collect();
    assert_eq!(speeds, [40, 48, 120, 30, 80]);
    assert_eq!(edge(&network, 0, 13).unwrap().class, RoadClass::Motorway);
    assert_eq!(edge(&network, 0, 15).unwrap().class, RoadClass::Highway);
}

#[test]
fn islands_are_left_out_and_told_by_place() {
    let map = cross()
        // Nobody comes to the first, nobody leaves the second, the third is elsewhere.
        .way(12, &[11, 0], "highway=residential,oneway=yes")
        .way(13, &[0, 10], "highway=residential,oneway=yes")
        .way(14, &[77, 78, 88], "highway=residential");
    let (network, report) = map.import();
    assert_eq!((network.edges().len(), report.islands.len()), (9, 3));
    assert!(report.islands.iter().all(|island| island.edges == 1));
    let longest = report.islands[0];
    assert_eq!((Point::from(longest.at), longest.length_m.round()), (place(77).into(), 214.0));
    assert!(report.to_string().contains("km at 22.80700, 108.30700 (1 edges)"), "{report}");
}

#[test]
fn a_bollard_cuts_a_road_and_a_gap_ends_it() {
    let map = square().way(2, &[0, 44, 99], "highway=residential").node(44, "barrier=bollard");
    let (network, report) = map.import();
    assert_eq!((next(&network, 0), report.barriers, report.dead_ends), (vec![44, 99, 99], 1, 2));
    let map = square().way(2, &[0, 44, 99], "highway=residential").node(44, "barrier=gate");
    assert_eq!(map.import().1.barriers, 0, "an open gate");
    let mut map = square().way(2, &[0, 43, 44, 45, 99], "highway=residential");
    map.missing = vec![44];
    let (network, report) = map.import();
    assert_eq!((next(&network, 0), next(&network, 99), report.missing_points), (vec![43, 99, 99], vec![0, 0, 45], 1));
}

#[test]
fn every_form_that_osmium_writes_is_read() {
    let map = cross().relation(1, "w3@from,n44@via,w5@to", "restriction=no_right_turn").node(45, "barrier=bollard,name=Pfosten");
    let (first, _) = map.import();
    for form in ["pbf,pbf_dense_nodes=false", "pbf,pbf_compression=none", "pbf,add_metadata=true", "pbf,locations_on_ways=true"] {
        let (network, _) = map.import_with(Extras::default(), &["-f", form]);
        assert!(network.edges().iter().eq(first.edges().iter()) && network.bans() == first.bans(), "{form}");
    }
}

#[test]
fn a_damaged_file_of_openstreetmap_is_refused_and_nothing_is_written() {
    let (folder, pbf) = cross().write(&[]);
    let whole = fs::read(&pbf).unwrap();
    let options =
        Options { file: pbf, out: folder.path().join("roads"), columns: Columns::default(), extras: Extras::default(), attribution: None };
    import::run(&options).unwrap();
    let right = fs::read(&options.out).unwrap();
    let mut refused = 0;
    for at in 0..whole.len() {
        fs::write(&options.file, &whole[..at]).unwrap();
        // A file that ends after a whole blob may be right.
        refused += usize::from(import::run(&options).is_err());
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        fs::write(&options.file, damaged).unwrap();
        // Whatever it says of it, it does not panic.
        let _told = import::run(&options);
    }
    assert!(refused >= whole.len() - 3, "{refused} of {}", whole.len());
    import::run(&Options { file: folder.path().join("map.opl"), ..options.clone() }).unwrap_err();
    assert!(fs::read(&options.out).unwrap() == right, "what was there stays");
    fs::write(&options.file, &whole[..whole.len() / 2]).unwrap();
    let error = import::run(&options).unwrap_err();
    assert!(matches!(error, ImportError::Pbf { .. }) && error.to_string().contains("map.osm.pbf"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing half written lies about");
    fs::write(&options.file, b"<osm version='0.6'></osm>").unwrap();
    let error = import::run(&options).unwrap_err().to_string();
    assert!(error.contains("neither OpenStreetMap PBF nor FlatGeobuf"), "{error}");
}

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file)
}

fn import_lines(file: PathBuf, map: &[&str]) -> Result<(RoadNetwork, Report), String> {
    let folder = tempfile::tempdir().unwrap();
    let pairs: Vec<String> = map.iter().map(|pair| (*pair).to_owned()).collect();
    let columns = Columns::new(&pairs).map_err(|error| error.to_string())?;
    let options = Options { file, out: folder.path().join("roads"), columns, extras: Extras::default(), attribution: Some("© us".into()) };
    let report = import::run(&options).map_err(|error| error.to_string())?;
    let found = import::open(&options.out).unwrap();
    assert_eq!(found.attribution, "© us");
    Ok((found.network, report))
}

#[test]
fn the_sample_city_goes_through_and_stays_what_it_is() {
    let city = city::load(&data("")).unwrap();
    let (network, report) = import_lines(data("roads.fgb"), &[]).unwrap();
    assert!(network.edges().iter().eq(city.roads.edges().iter()));
    assert!(network.junctions().iter().eq(city.roads.junctions().iter()));
    assert!(report.islands.is_empty() && report.left_out.is_empty());
}

/// Lines with columns of somebody else's, without numbers of junctions.
fn foreign_lines(folder: &Path) -> PathBuf {
    let columns = ["KIND", "LIMIT", "DIR", "STREET"];
    let mut writer = FgbWriter::create("streets", GeometryType::LineString).unwrap();
    for column in columns {
        writer.add_column(column, ColumnType::String, |_, _| {});
    }
    for (nodes, values) in [
        (vec![0, 9], ["tertiary", "30 mph", "", "North"]),
        (vec![99, 9], ["residential", "", "-1", ""]),
        (vec![99, 55, 0], ["street", "", "yes", "Back"]),
        // It crosses the last, and meets it nowhere.
        (vec![9, 90], ["primary", "", "", ""]),
        (vec![90, 0], ["primary", "", "", ""]),
        (vec![0, 33], ["goat_track", "", "", ""]),
        (vec![0, 34], ["footway", "", "", ""]),
    ] {
        let line: LineString = nodes.iter().map(|node| place(*node).to_point()).collect();
        writer
            .add_feature_geom(Geometry::LineString(line), |feature| {
                for (n, value) in values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
                    feature.property(n, columns[n], &ColumnValue::String(value)).unwrap();
                }
            })
            .unwrap();
    }
    let file = folder.join("streets.fgb");
    writer.write(BufWriter::new(File::create(&file).unwrap())).unwrap();
    file
}

#[test]
fn lines_of_others_meet_where_they_end() {
    let folder = tempfile::tempdir().unwrap();
    let map = ["class=KIND", "speed=LIMIT", "oneway=DIR", "name_zh=STREET"];
    let (network, report) = import_lines(foreign_lines(folder.path()), &map).unwrap();
    assert_eq!((network.junctions().len(), network.edges().len()), (4, 5));
    let north = edge(&network, 0, 9).unwrap();
    assert_eq!((north.class, north.speed_kmh, north.name.zh, north.name.en), (RoadClass::Secondary, 48, "North", "North"));
    assert!(edge(&network, 9, 99).unwrap().one_way && edge(&network, 99, 0).unwrap().one_way);
    assert!(report.islands.is_empty());
    let left: Vec<(Why, usize)> = report.left_out.iter().map(|(why, (count, _))| (*why, *count)).collect();
    assert_eq!(left, [(Why::Walkers, 1), (Why::UnknownClass, 1)]);
    let cut = fs::read(folder.path().join("streets.fgb")).unwrap();
    for at in 0..cut.len() {
        fs::write(folder.path().join("cut.fgb"), &cut[..at]).unwrap();
        // Whatever it says of it, it does not panic.
        let _told = import_lines(folder.path().join("cut.fgb"), &map);
    }
}

#[test]
fn a_mapping_that_is_wrong_is_refused() {
    for (file, map, words) in [
        ("roads.fgb", vec!["kind=class"], "--map kind=class is wrong: give FIELD=COLUMN, where FIELD is one of class, speed"),
        ("roads.fgb", vec!["class"], "--map class is wrong"),
        ("roads.fgb", vec!["class=highway"], "there is no column `highway`; there are: id, from, to, class"),
        ("gates.fgb", vec![], "there is no column `class`: say which it is with --map class=COLUMN; there are: id, name_zh"),
        ("gates.fgb", vec!["class=name_en"], "has no road that can be driven"),
    ] {
        let error = import_lines(data(file), &map).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}
