//! Names of roads, bridges, places: plausible, and of no real city.

use std::collections::BTreeMap;

use super::blocks::Site;
use super::dice::Dice;
use super::mesh::Class;
use super::plan::{Plan, Role};
use super::space::P;
use super::town::Town;
use super::words::{COUNTIES, FIRST, GREAT, SURNAMES, words, zh_number};

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub zh: String,
    pub en: String,
}

impl Name {
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// The names of everything.
#[derive(Debug)]
pub(crate) struct Names {
    /// Of each road.
    pub roads: Vec<Name>,
    /// Of each road without its kind: 人民 of 人民路.
    pub stems: Vec<Name>,
    /// Place names that no road has.
    pub spare: Vec<Name>,
}

/// Names every road.
pub(crate) fn name(seed: u64, plan: &Plan, town: &Town) -> Names {
    let mut dice = Dice::new(seed, "names");
    let mut small = words(&mut dice);
    let mut great: Vec<Name> = GREAT.iter().map(|n| Name::new(n.0, n.1)).collect();
    dice.shuffle(&mut great);
    let spare = small.split_off(small.len() - 80);
    let blank = Name::new("", "");
    let mut it = Names { roads: vec![blank.clone(); town.roads.len()], stems: vec![blank; town.roads.len()], spare };

    let mut highways = 0;
    let mut counties = 300;
    let mut quays = 0;
    for (r, road) in town.roads.iter().enumerate() {
        let (stem, full) = match road.site {
            Site::Plan(line) => {
                let fixed = |zh: &str, en: &str, kind_zh: &str, kind_en: &str| {
                    (Name::new(zh, en), Name::new(format!("{zh}{kind_zh}"), format!("{en} {kind_en}")))
                };
                match plan.lines[line].role {
                    Role::Ring => fixed("环城", "Ring", "高速", "Expressway"),
                    Role::Frontage => fixed("环城", "Huancheng", "路", "Rd"),
                    Role::InnerRing => fixed("内环", "Neihuan", "路", "Rd"),
                    Role::Quay => {
                        quays += 1;
                        if quays == 1 { fixed("江北", "Jiangbei", "大道", "Ave") } else { fixed("江南", "Jiangnan", "大道", "Ave") }
                    }
                    Role::Highway => {
                        let c = COUNTIES[highways % COUNTIES.len()];
                        highways += 1;
                        fixed(&format!("清{}", c.0), &format!("Qing{}", c.1), "公路", "Hwy")
                    }
                    role => {
                        let stem = great.pop().or_else(|| small.pop()).unwrap_or_else(|| Name::new("新", "Xin"));
                        let kind = match role {
                            Role::Row if dice.chance(0.4) => ("大道", "Ave"),
                            Role::Row => ("街", "St"),
                            _ => ("路", "Rd"),
                        };
                        (stem.clone(), with(&stem, kind))
                    }
                }
            }
            Site::County => {
                counties += 1;
                (Name::new("县道", "County"), Name::new(format!("县道{counties}"), format!("County Rd {counties}")))
            }
            Site::Block(_) if road.class == Class::Secondary => {
                let stem = small.pop().unwrap_or_else(|| {
                    let (a, b) = (&FIRST[dice.below(30)], &SURNAMES[dice.below(40)]);
                    Name::new(format!("{}{}", b.0, a.0), format!("{}{}", b.1, a.1.to_lowercase()))
                });
                let kind = if road.heading[0].abs() > road.heading[1].abs() { ("街", "St") } else { ("路", "Rd") };
                (stem.clone(), with(&stem, kind))
            }
            Site::Block(_) | Site::Village(_) => continue,
        };
        it.stems[r] = stem;
        it.roads[r] = full;
    }
    lanes(town, &mut it);
    it
}

fn with(stem: &Name, kind: (&str, &str)) -> Name {
    Name::new(format!("{}{}", stem.zh, kind.0), format!("{} {}", stem.en, kind.1))
}

/// Lanes are numbered after a road at their block, or after their village.
fn lanes(town: &Town, it: &mut Names) {
    let mesh = &town.blocks;
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for (r, road) in town.roads.iter().enumerate() {
        let stem = match road.site {
            Site::Village(n) => {
                let (zh, en) = SURNAMES[n % SURNAMES.len()];
                let kind = [("村", "Village"), ("屯", "Tun"), ("坡", "Po")][n / SURNAMES.len() % 3];
                Name::new(format!("{zh}家{}", kind.0), format!("{en}jia {}", kind.1))
            }
            Site::Block(face) if road.class == Class::Street => {
                let mut around: Vec<usize> =
                    mesh.cycle(face).into_iter().map(|h| mesh.ways[h / 2]).filter(|w| w.class != Class::Border).map(|w| w.road).collect();
                around.dedup();
                // The least used one: numbers stay small.
                let best = around
                    .into_iter()
                    .filter(|&a| !it.stems[a].zh.is_empty())
                    .min_by_key(|&a| count.get(&it.stems[a].zh).copied().unwrap_or(0));
                best.map_or_else(|| Name::new("新", "Xin"), |a| it.stems[a].clone())
            }
            _ => continue,
        };
        let n = count.entry(stem.zh.clone()).or_default();
        *n += 1;
        it.roads[r] = Name::new(format!("{}{}巷", stem.zh, zh_number(*n)), format!("{} Lane {n}", stem.en));
        it.stems[r] = stem;
    }
}

/// The name of a bridge that carries this road over the river at `p`.
pub(crate) fn bridge(names: &Names, plan: &Plan, road: usize, p: P) -> Name {
    let stem = &names.stems[road];
    match plan.lines.get(road).map(|l| l.role) {
        Some(Role::Ring | Role::InnerRing) => {
            let side = if p[0] < -1.0 { ("西", "West") } else { ("东", "East") };
            Name::new(format!("{}{}桥", stem.zh, side.0), format!("{} {} Bridge", stem.en, side.1))
        }
        _ => Name::new(format!("{}桥", stem.zh), format!("{} Bridge", stem.en)),
    }
}
