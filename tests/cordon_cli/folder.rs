//! A folder of files, and the binary run on them.

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;
use tempfile::TempDir;

pub(super) struct Folder(TempDir);

/// What the binary said.
pub(super) struct Run {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) error: String,
}

impl Folder {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Runs words, of which those that end like a file are of this folder.
    pub(super) fn run(&self, words: &str) -> Run {
        let output =
            Command::new(env!("CARGO_BIN_EXE_citygate")).args(words.split_whitespace()).current_dir(self.0.path()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code(), out: text(output.stdout), error: text(output.stderr) }
    }

    /// Plans with the usual names of files.
    pub(super) fn plan(&self, words: &str) -> Run {
        self.run(&format!("cordon plan --junctions j.csv --roads r.csv --units u.csv --protect p.csv {words}"))
    }

    /// Closes gates with the usual names of files.
    pub(super) fn close(&self, words: &str) -> Run {
        self.run(&format!("gates close --junctions j.csv --roads r.csv --units u.csv --gates g.csv {words}"))
    }
}

impl Run {
    /// The answer, with the exit code that goes with it.
    pub(super) fn answer(&self, code: i32) -> Value {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.error);
        assert_eq!(self.out.lines().count(), 1, "one line of JSON");
        serde_json::from_str(&self.out).unwrap()
    }

    /// A refusal: nothing on standard output, and all these words.
    pub(super) fn refused(&self, words: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (Some(2), ""), "{}", self.error);
        for word in words {
            assert!(self.error.contains(word), "`{word}` is not in: {}", self.error);
        }
    }
}

/// The plan of an objective.
pub(super) fn plan<'a>(answer: &'a Value, objective: &str) -> &'a Value {
    let plans = answer["plans"].as_array().unwrap();
    plans.iter().find(|plan| plan["objective"] == objective).unwrap_or_else(|| panic!("no plan is {objective}: {answer}"))
}
