//! Bad input: where it is, what it is, and what is right.

use std::fmt::Write as _;

use super::folder::Folder;

const FILES: [(&str, &str); 5] = [
    ("j.csv", "id,x,y\na,0,0\nb,100,0\n"),
    ("r.csv", "from,to,length_m,time_s,one_way\na,b,,,\n"),
    ("u.csv", "id,junction\ncar-1,b\n"),
    ("p.csv", "junction,need\nb,1\n"),
    ("g.csv", "junction,need\nb,1\n"),
];
const WORDS: &str = "--at a --head-start-s 1";

#[test]
fn what_is_right_is_taken() {
    let folder = Folder::new(&FILES);
    folder.plan(WORDS).answer(0);
    folder.close("").answer(0);
}

#[test]
fn a_bad_value_is_named_with_file_line_column_and_what_is_right() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("j.csv", "id,x,y\na,0,0\nb,east,0\n", &["j.csv, line 3, column `x`", "`east`", "a number from"]),
        ("j.csv", "id,x,y\na,0,0\nb,,0\n", &["line 3, column `x`", "`nothing`", "a number"]),
        ("j.csv", "id,x,y\na,0,0\nb,NaN,0\n", &["line 3", "`NaN`"]),
        ("j.csv", "id,x,y\na,0,0\na,1,0\n", &["line 3, column `id`", "`a`", "no other junction has"]),
        ("j.csv", "id,x,y\na,0,0\n,1,0\n", &["line 3, column `id`", "`nothing`"]),
        ("j.csv", "id,lon,lat\na,0,0\nb,181,0\n", &["line 3, column `lon`", "`181`", "-180 to 180"]),
        ("j.csv", "id,lon,lat\na,0,0\nb,0,90.5\n", &["line 3, column `lat`", "`90.5`", "-90 to 90"]),
        ("j.csv", "id,x,y\na,0,0\nb,1\n", &["j.csv", "line 3 has 2 values", "names 3"]),
        ("j.csv", "id,x,lat\na,0,0\n", &["j.csv", "id,x,y", "id,lon,lat"]),
        ("j.csv", "name,x,y\na,0,0\n", &["j.csv", "no column `id`", "name,x,y"]),
        ("j.csv", "", &["j.csv", "no column `id`"]),
        ("r.csv", "from,to\na,c\n", &["r.csv, line 2, column `to`", "`c`", "the id of a junction of j.csv"]),
        ("r.csv", "from\na\n", &["r.csv", "no column `to`"]),
        ("r.csv", "from,to,length_m\na,b,-1\n", &["r.csv, line 2, column `length_m`", "`-1`", "0 to 100000"]),
        ("r.csv", "from,to,length\na,b,200000\n", &["r.csv, line 2, column `length`", "`200000`", "0 to 100000"]),
        ("r.csv", "from,to,time_s\na,b,-0.5\n", &["column `time_s`", "`-0.5`", "0 to 86400"]),
        ("r.csv", "from,to,one_way\na,b,maybe\n", &["column `one_way`", "`maybe`", "true or false"]),
        ("u.csv", "id,junction\ncar-1,a\ncar-2,z\n", &["u.csv, line 3, column `junction`", "`z`", "j.csv"]),
        ("u.csv", "id,junction\ncar-1,a\ncar-1,b\n", &["u.csv, line 3, column `id`", "`car-1`", "no other unit has"]),
        ("p.csv", "junction\nz\n", &["p.csv, line 2, column `junction`", "`z`", "j.csv"]),
        ("p.csv", "junction,need\nb,9\n", &["p.csv, line 2, column `need`", "`9`", "0 to 8"]),
        ("p.csv", "junction,need\nb,-1\n", &["column `need`", "`-1`"]),
        ("p.csv", "junction\nb\nb\n", &["p.csv, line 3", "`b`", "once"]),
        ("p.csv", "junction\n", &["p.csv", "no protected junctions", "one junction at least"]),
    ];
    for (file, text, words) in cases {
        let folder = Folder::new(&FILES);
        folder.write(file, text);
        folder.plan(WORDS).refused(words);
    }
    let folder = Folder::new(&FILES);
    folder.write("g.csv", "junction,need\nb,0\n");
    folder.close("").refused(&["g.csv, line 2, column `need`", "`0`", "1 to 8"]);
    let folder = Folder::new(&FILES);
    folder.write("j.csv", b"id,x,y\na,0,0\n\xb1\xb1,1,1\n");
    folder.plan(WORDS).refused(&["j.csv", "line 3", "UTF-8"]);
    let folder = Folder::new(&FILES);
    folder.write("j.csv", format!("id,x,y\na,0,0\n{},1,1\n", "b".repeat(129)));
    folder.plan(WORDS).refused(&["j.csv, line 3, column `id`", "at most 128 bytes"]);
}

#[test]
fn a_bad_option_is_named_with_what_is_right() {
    let cases: &[(&str, &[&str])] = &[
        ("--at a --head-start-s -1", &["--head-start-s", "-1", "0 to 86400"]),
        ("--at a --head-start-s soon", &["--head-start-s", "soon", "0 to 86400"]),
        ("--at a --head-start-s NaN", &["--head-start-s", "NaN"]),
        ("--at a", &["--head-start-s"]),
        ("--head-start-s 1", &["--at"]),
        ("--at z --head-start-s 1", &["--at z", "no such junction", "j.csv"]),
        ("--at a --head-start-s 1 --unit-speed-mps 0", &["--unit-speed-mps", "0.1 to 200"]),
        ("--at a --head-start-s 1 --suspect-speed-mps -3", &["--suspect-speed-mps", "-3", "0.1 to 200"]),
        ("--at a --head-start-s 1 --set-up-s -1", &["--set-up-s", "0 to 86400"]),
        ("--at a --head-start-s 1 --margin-s 1e9", &["--margin-s", "1e9", "0 to 86400"]),
        ("--at a --head-start-s 1 --budget-ms 1e9", &["--budget-ms", "1e9"]),
        ("--at a --head-start-s 1 --needs none.csv", &["none.csv", "cannot read"]),
    ];
    let folder = Folder::new(&FILES);
    for (words, expected) in cases {
        folder.plan(words).refused(expected);
    }
    let rest = "--units u.csv --protect p.csv --at a --head-start-s 1";
    folder.run(&format!("cordon plan --roads r.csv {rest}")).refused(&["r.csv", "--junctions", "id,x,y"]);
    folder.run(&format!("cordon plan --junctions j.csv --roads none.csv {rest}")).refused(&["cannot read none.csv"]);
    folder.write("r.graphml", "<graphml><node></graphml>");
    folder.run(&format!("cordon plan --roads r.graphml {rest}")).refused(&["r.graphml", "give GraphML"]);
    folder.write("r.graphml", "<!DOCTYPE x [<!ENTITY a \"b\">]><graphml><graph/></graphml>");
    folder.run(&format!("cordon plan --roads r.graphml {rest}")).refused(&["r.graphml", "DTD"]);
    folder.write("r.graphml", "<graphml><graph><node id=\"a\"/></graph></graphml>");
    folder.run(&format!("cordon plan --roads r.graphml {rest}")).refused(&["r.graphml, node 1, column `x`", "nothing"]);
    folder.write("r.graphml", "<graphml><graph><edge source=\"a\" target=\"c\"/></graph></graphml>");
    let run = folder.run(&format!("cordon plan --junctions j.csv --roads r.graphml {rest}"));
    run.refused(&["r.graphml, edge 1, column `target`", "`c`", "j.csv"]);
    folder.write("r.fgb", "no lines");
    folder.run(&format!("cordon plan --junctions j.csv --roads r.fgb {rest}")).refused(&["r.fgb", "give FlatGeobuf lines"]);
}

#[test]
fn a_road_too_long_to_be_one_is_refused_unless_its_time_is_known() {
    let folder = Folder::new(&FILES);
    folder.write("j.csv", "id,x,y\na,0,0\nb,200000,0\n");
    folder.plan(WORDS).refused(&["r.csv, line 2, column `length_m`", "200000 m apart"]);
    folder.write("r.csv", "from,to,time_s\na,b,9\n");
    folder.plan(WORDS).answer(0);
}

#[test]
fn a_column_that_is_not_known_is_told() {
    let folder = Folder::new(&FILES);
    folder.write("r.csv", "from,to,lenght_m\na,b,5\n");
    let run = folder.plan(WORDS);
    run.answer(0);
    assert!(run.error.contains("lenght_m") && run.error.contains("r.csv"), "{}", run.error);
}

/// So many junctions in a row, each a unit and a gate.
fn many(count: usize) -> Folder {
    let (mut junctions, mut units, mut gates) = ("id,x,y\n".to_owned(), "id,junction\n".to_owned(), "junction\n".to_owned());
    for n in 0..count {
        writeln!(junctions, "{n},{n},0").unwrap();
        writeln!(units, "{n},{n}").unwrap();
        writeln!(gates, "{n}").unwrap();
    }
    Folder::new(&[("j.csv", &junctions), ("r.csv", "from,to\n0,1\n"), ("u.csv", &units), ("g.csv", &gates), ("p.csv", "junction\n0\n")])
}

#[test]
fn a_million_gates_are_too_many() {
    let folder = many(1_000);
    assert_eq!(folder.close("").answer(0)["guards"].as_array().unwrap().len(), 1_000);
    let folder = many(1_000_000);
    folder.write("u.csv", "id,junction\n0,0\n");
    folder.close("").refused(&["g.csv has more than 1000 gates", "at most 1000"]);
}

#[test]
fn there_is_a_most_of_units() {
    let folder = many(100_001);
    folder.plan("--at 1 --head-start-s 1").refused(&["u.csv has more than 100000 units", "at most 100000"]);
}
