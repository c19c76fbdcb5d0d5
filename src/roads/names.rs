//! Names of roads: each once, all in one text.

use std::collections::HashMap;

use crate::model::Name;

/// The name of a road in the two languages of the people before the wall; empty when it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RoadName<'a> {
    /// Chinese.
    pub zh: &'a str,
    /// English.
    pub en: &'a str,
}

impl<'a> From<&'a Name> for RoadName<'a> {
    fn from(name: &'a Name) -> Self {
        Self { zh: &name.zh, en: &name.en }
    }
}

impl From<RoadName<'_>> for Name {
    fn from(name: RoadName<'_>) -> Self {
        Self { zh: name.zh.to_owned(), en: name.en.to_owned() }
    }
}

/// All names.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Names {
    /// The Chinese and the English of the first, of the second, and so on.
    pub(super) text: String,
    /// Where in the text the Chinese and the English of each end.
    pub(super) ends: Vec<[u32; 2]>,
}

impl Names {
    /// A name by its number; empty for a number that is none.
    pub(super) fn get(&self, no: u32) -> RoadName<'_> {
        let no = no as usize;
        let start = no.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |ends| ends[1]);
        let Some(&[zh, en]) = self.ends.get(no) else { return RoadName::default() };
        let part = |from: u32, to: u32| self.text.get(from as usize..to as usize).unwrap_or_default();
        RoadName { zh: part(start, zh), en: part(zh, en) }
    }
}

/// Names while they are gathered.
#[derive(Debug, Default)]
pub(super) struct NamesWriter {
    names: Names,
    known: HashMap<Name, u32, foldhash::fast::FixedState>,
}

impl NamesWriter {
    /// The number of a name.
    pub(super) fn no(&mut self, name: RoadName<'_>) -> u32 {
        let owned = Name::from(name);
        if let Some(no) = self.known.get(&owned) {
            return *no;
        }
        let no = self.names.ends.len() as u32;
        self.names.text.push_str(name.zh);
        let zh = self.names.text.len() as u32;
        self.names.text.push_str(name.en);
        self.names.ends.push([zh, self.names.text.len() as u32]);
        self.known.insert(owned, no);
        no
    }

    pub(super) fn bytes(&self) -> usize {
        self.names.text.len()
    }

    pub(super) fn finish(mut self) -> Names {
        self.names.text.shrink_to_fit();
        self.names.ends.shrink_to_fit();
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        let mut writer = NamesWriter::default();
        let names = [("", ""), ("青年路", "Qingnian Road"), ("", "Only English"), ("青年路", "Qingnian Road")];
        let numbers: Vec<u32> = names.iter().map(|(zh, en)| writer.no(RoadName { zh, en })).collect();
        assert_eq!(numbers, [0, 1, 2, 1]);
        let kept = writer.finish();
        for (no, (zh, en)) in numbers.into_iter().zip(names) {
            assert_eq!(kept.get(no), RoadName { zh, en });
        }
        assert_eq!(kept.get(7), RoadName::default());
    }
}
