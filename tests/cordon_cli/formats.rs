//! The same street in every format.

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};

use citygate::geodesy::{LatLng, haversine_m};
use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geo::{Geometry, LineString};
use geozero::{ColumnValue, PropertyProcessor};
use serde_json::{Value, json};

use super::folder::{Folder, plan};

const WORDS: &str = "--at a --unit-speed-mps 10 --suspect-speed-mps 10 --head-start-s 0";

/// A unit at c; d is the way out, and too wide to be held.
fn folder() -> Folder {
    Folder::new(&[("u.csv", "id,junction\ncar-1,c\n"), ("p.csv", "junction,need\nd,0\n")])
}

fn guard(folder: &Folder, words: &str) -> Value {
    let run = folder.run(&format!("cordon plan --units u.csv --protect p.csv {WORDS} {words}"));
    plan(&run.answer(0), "fastest")["guards"][0].clone()
}

fn earth_m(from: (f64, f64), to: (f64, f64)) -> f64 {
    let at = |(lon, lat)| LatLng::new(lat, lon).unwrap();
    haversine_m(at(from), at(to))
}

#[test]
fn degrees_are_measured_on_the_earth() {
    let folder = folder();
    folder.write("j.csv", "\u{feff}id,name,lon,lat\r\na,\"x, y\",179.99,60\r\nb,,-179.99,60\r\nc,,-179.97,60\r\nd,,-179.95,60\r\n");
    folder.write("r.csv", "from,to\na,b\nb,c\nc,d\n");
    let found = guard(&folder, "--junctions j.csv --roads r.csv");
    let expected = (earth_m((179.99, 60.0), (-179.99, 60.0)) + earth_m((-179.99, 60.0), (-179.97, 60.0))) / 10.0;
    assert_eq!(found["junction"], "c");
    assert!((found["suspect_arrives_s"].as_f64().unwrap() - expected).abs() < 0.003, "{found}, {expected}");
}

/// As osmnx writes it: directed, degrees, a street both ways twice.
fn graphml(crs: &str, default: &str) -> String {
    let edges = [("a", "b", "1000.0"), ("b", "a", "1000.0"), ("b", "c", "1000.0"), ("c", "b", "1000.0"), ("c", "d", "1000.0")];
    let edges: String = edges
        .iter()
        .map(|(from, to, length)| {
            format!(
                r#"<edge source="{from}" target="{to}" id="0"><data key="d7">[False, True]</data><data key="d8">{length}</data></edge>"#
            )
        })
        .collect();
    let nodes: String = ["a", "b", "c", "d"]
        .iter()
        .enumerate()
        .map(|(n, id)| format!(r#"<node id="{id}"><data key="d4">22.8</data><data key="d5">108.3{n}</data><data key="d6">3</data></node>"#))
        .collect();
    format!(
        r#"<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <key id="d9" for="edge" attr.name="travel_time" attr.type="string" />
  <key id="d8" for="edge" attr.name="length" attr.type="string" />
  <key id="d7" for="edge" attr.name="oneway" attr.type="string" />
  <key id="d6" for="node" attr.name="street_count" attr.type="string" />
  <key id="d5" for="node" attr.name="x" attr.type="string" />
  <key id="d4" for="node" attr.name="y" attr.type="string" />
  <key id="d0" for="graph" attr.name="crs" attr.type="string" />
  <graph edgedefault="{default}"><data key="d0">{crs}</data>{nodes}{edges}<edge source="d" target="c"><data key="d9">7.25</data></edge></graph>
</graphml>"#
    )
}

#[test]
fn graphml_brings_its_own_junctions() {
    let folder = folder();
    folder.write("g.graphml", graphml("epsg:4326", "directed"));
    assert_eq!(
        guard(&folder, "--roads g.graphml"),
        json!({"junction": "c", "unit": "car-1", "unit_arrives_s": 0.0, "suspect_arrives_s": 200.0})
    );
    // A time, and a direction of its own.
    folder.write("u.csv", "id,junction\ncar-1,d\n");
    assert_eq!(guard(&folder, "--roads g.graphml")["unit_arrives_s"], 7.25);
    // Without a length the straight way counts, in degrees or on a plane.
    folder.write("far.graphml", graphml("epsg:4326", "directed").replace("1000.0", ""));
    let expected = earth_m((108.30, 22.8), (108.31, 22.8)) / 5.0;
    assert!((guard(&folder, "--roads far.graphml")["suspect_arrives_s"].as_f64().unwrap() - expected).abs() < 0.003);
    folder.write(
        "near.graphml",
        graphml("epsg:32649", "directed").replace("1000.0", "").replace("22.8", "7").replace("108.3", "10").replace("7.25", "0.1"),
    );
    assert_eq!(guard(&folder, "--roads near.graphml")["suspect_arrives_s"], 0.2, "metres, not degrees");
    // Undirected edges lead both ways, but one-way ones.
    let both = graphml("epsg:4326", "undirected").replace("<data key=\"d9\">7.25</data>", "<data key=\"d9\">3</data>");
    folder.write("both.graphml", both.clone());
    assert_eq!(guard(&folder, "--roads both.graphml")["unit_arrives_s"], 3.0);
    folder.write("held.graphml", both.replace("[False, True]", "True").replace("source=\"a\" target=\"b\"", "source=\"b\" target=\"a\""));
    assert_eq!(guard(&folder, "--roads held.graphml"), Value::Null, "no way leads out of a");
    // What osmnx says of the ends of such an edge.
    let from = both
        .replace("[False, True]</data>", "True</data><data key=\"d10\">b</data>")
        .replace("<key id=\"d9\"", "<key id=\"d10\" for=\"edge\" attr.name=\"from\" attr.type=\"string\" /><key id=\"d9\"");
    folder.write("from.graphml", from.replace("source=\"b\" target=\"a\"", "source=\"a\" target=\"b\""));
    assert_eq!(guard(&folder, "--roads from.graphml"), Value::Null, "every edge at a leads there");
    // One directed edge is enough for a street that is no one-way street.
    folder.write(
        "once.graphml",
        graphml("epsg:4326", "directed")
            .replace("[False, True]", "False")
            .replace("source=\"a\" target=\"b\"", "source=\"b\" target=\"a\""),
    );
    assert_eq!(guard(&folder, "--roads once.graphml")["suspect_arrives_s"], 200.0);
    // Junctions of a table win over those of the graph.
    folder.write("j.csv", "id,x,y\na,0,0\nb,0,0\nc,0,0\nd,0,0\n");
    assert_eq!(guard(&folder, "--junctions j.csv --roads both.graphml")["unit_arrives_s"], 3.0);
}

type Line<'a> = (&'a [(f64, f64)], [&'a str; 5]);

fn write_lines(file: &Path, code: i32, columns: &[(&str, ColumnType)], lines: &[Line<'_>]) -> PathBuf {
    let options = FgbWriterOptions { crs: FgbCrs { code, ..FgbCrs::default() }, write_index: false, ..FgbWriterOptions::default() };
    let mut writer = FgbWriter::create_with_options("roads", GeometryType::LineString, options).unwrap();
    for (column, kind) in columns {
        writer.add_column(column, *kind, |_, _| {});
    }
    for (places, values) in lines {
        let line: LineString = places.to_vec().into();
        writer
            .add_feature_geom(Geometry::LineString(line), |feature| {
                for (n, ((column, kind), text)) in columns.iter().zip(values).enumerate().filter(|(_, (_, text))| !text.is_empty()) {
                    let value = match *kind {
                        ColumnType::Double => ColumnValue::Double(text.parse().unwrap()),
                        ColumnType::Bool => ColumnValue::Bool(text.parse().unwrap()),
                        _ => ColumnValue::String(text),
                    };
                    feature.property(n, column, &value).unwrap();
                }
            })
            .unwrap();
    }
    writer.write(BufWriter::new(File::create(file).unwrap())).unwrap();
    file.to_owned()
}

const NAMED: [(&str, ColumnType); 5] = [
    ("from", ColumnType::String),
    ("to", ColumnType::String),
    ("length_m", ColumnType::Double),
    ("time_s", ColumnType::Double),
    ("oneway", ColumnType::Bool),
];

#[test]
fn lines_name_their_junctions_and_are_as_long_as_their_shape() {
    let folder = folder();
    let lines: [Line<'_>; 4] = [
        (&[(0.0, 0.0), (0.0, 300.0), (400.0, 300.0)], ["a", "b", "", "", ""]),
        (&[(400.0, 300.0), (500.0, 300.0)], ["b", "c", "500", "", "false"]),
        (&[(500.0, 300.0), (600.0, 300.0)], ["c", "d", "", "2.5", ""]),
        (&[(0.0, 0.0), (600.0, 300.0)], ["d", "a", "", "1", "true"]),
    ];
    write_lines(&folder.path("r.fgb"), 32649, &NAMED, &lines);
    assert_eq!(
        guard(&folder, "--roads r.fgb"),
        json!({"junction": "c", "unit": "car-1", "unit_arrives_s": 0.0, "suspect_arrives_s": 120.0})
    );
    folder.write("u.csv", "id,junction\ncar-1,d\n");
    assert_eq!(guard(&folder, "--roads r.fgb")["unit_arrives_s"], 2.5);
    // Degrees where nothing else is said.
    let lines: [Line<'_>; 3] = [
        (&[(108.30, 22.8), (108.31, 22.8)], ["a", "b", "", "", ""]),
        (&[(108.31, 22.8), (108.32, 22.8)], ["b", "c", "", "", ""]),
        (&[(108.32, 22.8), (108.33, 22.8)], ["c", "d", "", "", ""]),
    ];
    write_lines(&folder.path("r.fgb"), 0, &NAMED, &lines);
    let expected = earth_m((108.30, 22.8), (108.31, 22.8)) / 5.0;
    assert!((guard(&folder, "--roads r.fgb")["suspect_arrives_s"].as_f64().unwrap() - expected).abs() < 0.003);
}

#[test]
fn lines_without_names_end_at_junctions() {
    let folder = folder();
    folder.write("j.csv", "id,x,y\na,0,0\nb,1000,0\nc,2000,0\nd,3000,0\n");
    let columns = [("class", ColumnType::String)];
    let lines: [Line<'_>; 3] = [
        (&[(0.004, 0.0), (1000.0, -0.004)], ["street", "", "", "", ""]),
        (&[(1000.0, 0.0), (2000.0, 0.0)], ["street", "", "", "", ""]),
        (&[(3000.0, 0.0), (2000.0, 0.0)], ["street", "", "", "", ""]),
    ];
    write_lines(&folder.path("r.fgb"), 32649, &columns, &lines);
    assert_eq!(guard(&folder, "--junctions j.csv --roads r.fgb")["junction"], "c");
    folder.run(&format!("cordon plan --units u.csv --protect p.csv {WORDS} --roads r.fgb")).refused(&[
        "r.fgb",
        "`from`",
        "class",
        "--junctions",
    ]);
    folder.write("j.csv", "id,x,y\na,0,0\nb,1000,0\nc,2000,0\nd,3000,0.5\n");
    let run = folder.run(&format!("cordon plan --units u.csv --protect p.csv {WORDS} --roads r.fgb --junctions j.csv"));
    run.refused(&["r.fgb, row 3", "geometry", "3000, 0", "begins and ends at a junction of j.csv"]);
}
