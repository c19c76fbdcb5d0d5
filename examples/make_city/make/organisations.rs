//! The force: one city bureau, seven districts, sixty-three stations.

use serde::Serialize;

use super::dice::Dice;
use super::names::Name;
use super::words::{DISTRICTS, words};

/// A name as the files have it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Text {
    pub zh: String,
    pub en: String,
}

impl From<&Name> for Text {
    fn from(name: &Name) -> Self {
        Self { zh: name.zh.clone(), en: name.en.clone() }
    }
}

/// One level of command.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Organisation {
    pub id: String,
    pub name: Text,
    pub level: &'static str,
    pub parent: Option<String>,
}

/// The force, top down: the bureau, districts, stations.
#[derive(Debug)]
pub(crate) struct Force {
    pub all: Vec<Organisation>,
    /// Short names of the stations, without 派出所.
    pub stations: Vec<Name>,
}

pub(crate) const CITY: &str = "qinglan";

impl Force {
    pub(crate) fn new(seed: u64) -> Self {
        let names = words(&mut Dice::new(seed, "stations"));
        let mut all = vec![Organisation {
            id: CITY.to_owned(),
            name: Text { zh: "清澜市公安局".to_owned(), en: "Qinglan City Bureau".to_owned() },
            level: "city",
            parent: None,
        }];
        for (zh, en) in DISTRICTS {
            all.push(Organisation {
                id: en.to_lowercase(),
                name: Text { zh: format!("{zh}分局"), en: format!("{en} District Bureau") },
                level: "district",
                parent: Some(CITY.to_owned()),
            });
        }
        let stations: Vec<Name> = names.into_iter().take(63).collect();
        for (n, name) in stations.iter().enumerate() {
            let district = DISTRICTS[n / 9].1.to_lowercase();
            all.push(Organisation {
                id: format!("{district}-{:02}", n % 9 + 1),
                name: Text { zh: format!("{}派出所", name.zh), en: format!("{} Station", name.en) },
                level: "station",
                parent: Some(district),
            });
        }
        Self { all, stations }
    }

    pub(crate) fn district(&self, n: usize) -> &str {
        &self.all[1 + n].id
    }

    pub(crate) fn station(&self, n: usize) -> &str {
        &self.all[1 + DISTRICTS.len() + n].id
    }
}
