//! Small instances in which the right answer is seen.

use serde_json::{Value, json};

use super::folder::{Folder, plan};

/// A street from a to d, a kilometre from junction to junction; a unit at c; d is the way out.
fn street() -> Folder {
    Folder::new(&[
        ("j.csv", "id,x,y\na,0,0\nb,1000,0\nc,2000,0\nd,3000,0\n"),
        ("r.csv", "from,to\na,b\nb,c\nc,d\n"),
        ("u.csv", "id,junction\ncar-1,c\n"),
        ("p.csv", "junction\nd\n"),
    ])
}

const TEN_MPS: &str = "--at a --unit-speed-mps 10 --suspect-speed-mps 10";

#[test]
fn the_junction_before_the_way_out_is_held() {
    let answer = street().plan(&format!("{TEN_MPS} --head-start-s 50")).answer(0);
    assert_eq!((&answer["impossible"], &answer["partial"]), (&Value::Null, &Value::Null));
    let objectives: Vec<&str> = answer["plans"].as_array().unwrap().iter().map(|plan| plan["objective"].as_str().unwrap()).collect();
    assert_eq!(objectives, ["fastest", "tightest", "fewest", "balanced"]);
    for objective in ["fastest", "tightest"] {
        let plan = plan(&answer, objective);
        // At b he is 50 s after the order, the unit 100 s.
        assert_eq!(plan["guards"], json!([{"junction": "c", "unit": "car-1", "unit_arrives_s": 0.0, "suspect_arrives_s": 150.0}]));
        assert_eq!((&plan["closed_after_s"], &plan["units"], &plan["enclosed_junctions"]), (&json!(0.0), &json!(1), &json!(2)));
    }
    for (objective, value) in [("fastest", 0.0), ("tightest", 2.0), ("fewest", 1.0)] {
        let plan = plan(&answer, objective);
        assert_eq!((&plan["optimal"], &plan["value"], &plan["bound"]), (&json!(true), &json!(value), &json!(value)), "{objective}");
    }
}

#[test]
fn seconds_are_counted_from_the_order() {
    let folder = street();
    folder.write("u.csv", "id,junction\ncar-1,d\n");
    // The unit is at c after 100 s and 20.5 s to set up; he is there 200 s after he was seen, 30 s before the order.
    let guard = |words: &str| {
        let answer = folder.plan(&format!("{TEN_MPS} --head-start-s 30 --set-up-s 20.5 {words}")).answer(0);
        plan(&answer, "tightest")["guards"][0].clone()
    };
    let held = json!({"junction": "c", "unit": "car-1", "unit_arrives_s": 120.5, "suspect_arrives_s": 170.0});
    assert_eq!(guard(""), held);
    assert_eq!(guard("--margin-s 49.5"), held);
    assert_eq!(guard("--margin-s 49.501"), json!({"junction": "d", "unit": "car-1", "unit_arrives_s": 20.5, "suspect_arrives_s": 270.0}));
}

#[test]
fn who_is_everywhere_first_escapes_and_the_way_is_told() {
    let folder = street();
    folder.write("u.csv", "id,junction\ncar-1,d\n");
    let answer = folder.plan(&format!("{TEN_MPS} --head-start-s 301")).answer(3);
    assert_eq!((&answer["plans"], &answer["partial"]), (&json!([]), &Value::Null));
    assert_eq!(
        answer["impossible"],
        json!({"why": "escape", "escape": [
            {"junction": "a", "suspect_arrives_s": -301.0, "first_unit_s": 300.0},
            {"junction": "b", "suspect_arrives_s": -201.0, "first_unit_s": 200.0},
            {"junction": "c", "suspect_arrives_s": -101.0, "first_unit_s": 100.0},
            {"junction": "d", "suspect_arrives_s": -1.0, "first_unit_s": 0.0},
        ]})
    );
    // A tie is in time.
    folder.plan(&format!("{TEN_MPS} --head-start-s 300")).answer(0);
}

#[test]
fn one_unit_cannot_hold_two_ways_out() {
    let folder = Folder::new(&[
        ("j.csv", "id,x,y\ns,0,0\neast,1000,0\nwest,-1000,0\npost,0,500\n"),
        ("r.csv", "from,to,length_m\ns,east,\ns,west,\npost,east,500\npost,west,500\n"),
        ("u.csv", "id,junction\ncar-1,post\n"),
        ("p.csv", "junction\neast\nwest\n"),
    ]);
    let words = "--at s --unit-speed-mps 10 --suspect-speed-mps 10 --head-start-s 0";
    let answer = folder.plan(words).answer(3);
    assert_eq!((&answer["plans"], &answer["impossible"]["why"]), (&json!([]), &json!("too_few_units")));
    let escape = answer["impossible"]["escape"].as_array().unwrap();
    assert_eq!((&escape[0]["junction"], escape.len()), (&json!("s"), 2));
    assert!(escape[1]["junction"] == "east" || escape[1]["junction"] == "west");
    // It holds one of them, and the other is open.
    let held = answer["partial"]["guards"][0]["junction"].clone();
    let open = if held == "east" { "west" } else { "east" };
    assert_eq!(
        answer["partial"],
        json!({
            "guards": [{"junction": held, "unit": "car-1", "unit_arrives_s": 50.0, "suspect_arrives_s": 100.0}],
            "leaks": [{"escape": [
                {"junction": "s", "suspect_arrives_s": 0.0, "first_unit_s": 150.0},
                {"junction": open, "suspect_arrives_s": 100.0, "first_unit_s": 50.0},
            ]}],
        })
    );
    // With another there is a plan, and each way out needs its own.
    folder.write("u.csv", "id,junction\ncar-1,post\ncar-2,post\n");
    let answer = folder.plan(words).answer(0);
    assert_eq!(plan(&answer, "fewest")["units"], 2);
    // A wide junction takes two.
    folder.write("p.csv", "junction,need\neast,2\nwest,\n");
    assert_eq!(folder.plan(words).answer(3)["impossible"]["why"], "too_few_units");
    folder.write("u.csv", "id,junction\ncar-1,post\ncar-2,post\ncar-3,post\n");
    assert_eq!(plan(&folder.plan(words).answer(0), "fewest")["units"], 3);
    // What nobody can hold is open.
    folder.write("p.csv", "junction,need\neast,0\nwest,1\n");
    let open = folder.plan(words).answer(3)["impossible"].clone();
    assert_eq!(
        (&open["why"], &open["escape"][1]),
        (&json!("escape"), &json!({"junction": "east", "suspect_arrives_s": 100.0, "first_unit_s": null}))
    );
}

#[test]
fn needs_of_other_junctions_come_from_a_file_of_their_own() {
    let folder = street();
    folder.write("n.csv", "junction,need\nc,0\n");
    let answer = folder.plan(&format!("{TEN_MPS} --head-start-s 50 --needs n.csv")).answer(0);
    assert_eq!(plan(&answer, "tightest")["guards"][0]["junction"], "d");
    // What the protected say of theirs wins.
    folder.write("n.csv", "junction,need\nd,2\n");
    folder.write("p.csv", "junction,need\nd,1\n");
    folder.plan(&format!("{TEN_MPS} --head-start-s 50 --needs n.csv")).answer(0);
}

#[test]
fn he_may_have_been_at_one_of_several_places() {
    let folder = street();
    // The unit at c is between: he may come from d too, which is protected.
    assert_eq!(folder.plan(&format!("{TEN_MPS} --at b --head-start-s 50")).answer(0)["plans"][0]["guards"][0]["suspect_arrives_s"], 50.0);
    let answer = folder.plan(&format!("{TEN_MPS} --at d --head-start-s 50")).answer(3);
    assert_eq!(answer["impossible"]["escape"], json!([{"junction": "d", "suspect_arrives_s": -50.0, "first_unit_s": 100.0}]));
}

#[test]
fn one_way_streets_hold_everybody_or_all_but_him() {
    let folder = street();
    folder.write("r.csv", "from,to,one_way\nb,a,true\nb,c,\nc,d,no\na,b,0\n");
    folder.plan(&format!("{TEN_MPS} --head-start-s 50")).answer(0);
    // He cannot leave a at all.
    folder.write("r.csv", "from,to,one_way\nb,a,yes\nb,c,0\nd,c,-1\n");
    let answer = folder.plan(&format!("{TEN_MPS} --head-start-s 5000")).answer(0);
    let fewest = plan(&answer, "fewest");
    assert_eq!((&fewest["units"], &fewest["guards"], &fewest["closed_after_s"]), (&json!(0), &json!([]), &json!(0.0)));
    folder.plan(&format!("{TEN_MPS} --head-start-s 5000 --suspect-any-way")).answer(3);
}

#[test]
fn a_time_wins_over_length_and_speed() {
    let folder = street();
    folder.write("r.csv", "from,to,length_m,time_s\na,b,99999,1.5\nb,c,250,\nc,d,,\n");
    let answer = folder.plan("--at a --suspect-speed-mps 10 --unit-speed-mps 20 --head-start-s 1").answer(0);
    let guard = &plan(&answer, "tightest")["guards"][0];
    // b: he after 0.5 s, the unit after 12.5 s; c: he after 1.5 s and 25 s, less 1 s.
    assert_eq!((&guard["junction"], &guard["suspect_arrives_s"]), (&json!("c"), &json!(25.5)));
}

/// Gates at 0 and 1,000 m, units at 100 and 200 m.
fn gates() -> Folder {
    Folder::new(&[
        ("j.csv", "id,x,y\nwest,0,0\np,100,0\nq,200,0\neast,1000,0\nisland,0,9\n"),
        ("r.csv", "from,to\nwest,p\np,q\nq,east\n"),
        ("u.csv", "id,junction\ncar-1,p\ncar-2,q\n"),
        ("g.csv", "junction\nwest\neast\n"),
    ])
}

#[test]
fn gates_are_closed_by_whom_makes_the_last_the_earliest() {
    let folder = gates();
    let answer = folder.close("--unit-speed-mps 10 --set-up-s 1").answer(0);
    let guards = json!([{"junction": "west", "unit": "car-1", "unit_arrives_s": 11.0}, {"junction": "east", "unit": "car-2", "unit_arrives_s": 81.0}]);
    assert_eq!((&answer["bottleneck_s"], &answer["total_s"], &answer["optimal"]), (&json!(81.0), &json!(92.0), &json!(true)));
    assert_eq!(answer["guards"], guards);
    // A wide gate takes two.
    folder.write("g.csv", "junction,need\nwest,2\n");
    let answer = folder.close("--unit-speed-mps 10").answer(0);
    assert_eq!((&answer["bottleneck_s"], &answer["total_s"], answer["guards"].as_array().unwrap().len()), (&json!(20.0), &json!(30.0), 2));
}

#[test]
fn gates_that_take_too_many_are_named() {
    let folder = gates();
    folder.write("g.csv", "junction,need\nwest,2\neast,\n");
    let answer = folder.close("").answer(3);
    assert_eq!(answer["impossible"], json!({"gates": ["west", "east"], "needed": 3, "units": 2}));
    assert_eq!((&answer["bottleneck_s"], &answer["guards"]), (&Value::Null, &json!([])));
    folder.write("g.csv", "junction\nwest\nisland\n");
    assert_eq!(folder.close("").answer(3)["impossible"], json!({"gates": ["island"], "needed": 1, "units": 0}));
}
