//! A project folder of a test's own, and what the program answers in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// What the simulated log needs of a project file: windows short enough for 150 days.
pub(crate) const SIMULATED: &str = r#"
[product]
name = "Scribe"
[events]
paths = ["data/events/*.csv"]
columns = { customer = "user_id", at = "timestamp", event = "event", value = "value", platform = "platform" }
not_meaningful = ["login", "page_view"]
[customers]
paths = ["data/customers.csv"]
columns = { id = "customer_id", signed_up_at = "signed_up_at", plan = "plan", mrr = "mrr", email = "email" }
[outcomes]
paths = ["data/outcomes.csv"]
columns = { customer = "customer_id", churned_at = "churned_at" }
[windows]
observation_days = 45
"#;

/// A folder with a project file.
pub(crate) struct Project(TempDir);

/// What the program said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// 800 made-up customers over 150 days: 91,000 events, enough to pass the gate. Made once per process.
    pub(crate) fn simulated() -> Self {
        static DATA: OnceLock<TempDir> = OnceLock::new();
        let data = DATA.get_or_init(|| {
            let folder = Self::empty();
            folder
                .ran("simulate --out data --customers 800 --days 150 --events csv")
                .ends(0);
            folder.0
        });
        let project = Self::empty().with("habitus.toml", SIMULATED);
        copy(&data.path().join("data"), &project.path("data"));
        project
    }

    /// One small event file `name` with columns `user`, `ts` and `what`, no bad row allowed; `more` is added to
    /// the project file after `[events]`.
    pub(crate) fn tiny(name: &str, content: impl AsRef<[u8]>, more: &str) -> Self {
        let config = format!(
            "[events]\npaths = [\"{name}\"]\ncolumns = {{ customer = \"user\", at = \"ts\", event = \"what\" }}\n\
             {more}\n"
        );
        let strict = "[intake]\nmax_reject_share = 0\n";
        let config = if more.contains("[intake]") {
            config
        } else {
            config + strict
        };
        Self::empty()
            .with("habitus.toml", config)
            .with(name, content)
    }

    /// One small CSV file `events.csv`, as in [`Project::tiny`].
    pub(crate) fn csv(content: impl AsRef<[u8]>) -> Self {
        Self::tiny("events.csv", content, "")
    }

    /// The same with another file.
    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// The same with more in the project file.
    pub(crate) fn and(self, more: &str) -> Self {
        let config = self.text("habitus.toml") + more;
        self.with("habitus.toml", config)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.bytes(name)).unwrap()
    }

    /// Names in a folder, sorted; none if it is not there.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The one folder of a run under `reports/` whose name ends in `ending`.
    pub(crate) fn folder(&self, ending: &str) -> String {
        let mut names = self.names("reports");
        names.retain(|name| name.ends_with(ending));
        assert_eq!(names.len(), 1, "{ending}: {names:?}");
        format!("reports/{}", names[0])
    }

    /// The program with arguments that are set apart by blanks, in this folder, with no `HABITUS_` variable.
    pub(crate) fn habitus(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_habitus"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.0.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HABITUS_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs the program with these arguments.
    pub(crate) fn ran(&self, arguments: &str) -> Ran {
        Ran::of(&mut self.habitus(arguments))
    }

    /// Runs `run`, which must refuse with this slug and leave no version.
    pub(crate) fn refused(&self, slug: &str) -> Ran {
        let ran = self.ran("run").ends(2);
        assert!(ran.stderr.contains(&format!("error[{slug}]")), "{ran:#?}");
        assert_eq!(ran.stdout, "", "{ran:#?}");
        self.has_no_version();
        ran
    }

    /// Runs `run`, which must reject rows and stop, and returns line, column, reason and detail of each as
    /// listed in `rejects.csv`; the file they are of must be `file`.
    pub(crate) fn rejected(&self, file: &str) -> Vec<(u64, String, String, String)> {
        let ran = self.ran("run").ends(1);
        assert!(
            ran.stderr.contains("error[input/too-many-rejects]")
                && ran.stderr.contains("rejects.csv"),
            "{ran:#?}"
        );
        self.has_no_version();
        let mut reader = csv::Reader::from_path(self.path("reports/rejects.csv")).unwrap();
        assert_eq!(
            reader.headers().unwrap(),
            vec!["file", "line", "column", "reason", "detail"]
        );
        let row = |record: Result<csv::StringRecord, csv::Error>| {
            let record = record.unwrap();
            assert!(record[0].ends_with(file), "{record:?}");
            let text = |j: usize| record[j].to_string();
            (record[1].parse().unwrap(), text(2), text(3), text(4))
        };
        reader.records().map(row).collect()
    }

    /// Line and reason of each rejected row.
    pub(crate) fn reasons(&self, file: &str) -> Vec<(u64, String)> {
        self.rejected(file)
            .into_iter()
            .map(|(line, _, reason, _)| (line, reason))
            .collect()
    }

    /// What `check` counts: rows, rejected, duplicates, future, used, customers; and its notes.
    pub(crate) fn counts(&self) -> ([u64; 6], Vec<String>) {
        let ran = self.ran("check --format json");
        let json = ran.json();
        let names = [
            "event_rows",
            "rejected",
            "duplicates",
            "future",
            "used",
            "customers",
        ];
        let counts = names.map(|name| {
            json["counts"][name]
                .as_u64()
                .unwrap_or_else(|| panic!("{ran:#?}"))
        });
        let notes = json["notes"].as_array().unwrap();
        let notes = notes.iter().map(|n| n.as_str().unwrap().to_string());
        (counts, notes.collect())
    }

    /// Asserts that neither a version nor anything unfinished is there.
    pub(crate) fn has_no_version(&self) {
        let mut names = self.names("models");
        names.retain(|name| name != ".lock");
        assert_eq!(names, [""; 0]);
    }

    /// Asserts that nothing unfinished is left over.
    pub(crate) fn has_no_leftovers(&self) {
        for folder in [".", "models", "reports", "data"] {
            let names = self.names(folder);
            assert!(
                !names.iter().any(|name| name.starts_with(".tmp-")),
                "{folder}: {names:?}"
            );
        }
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        Self {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// The same, if it ended with this code.
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// The same, if one of the streams has each of these.
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for words in words {
            assert!(
                self.stdout.contains(words) || self.stderr.contains(words),
                "`{words}` is not in {self:#?}"
            );
        }
        self
    }

    /// The one JSON document on stdout.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {self:#?}"))
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
