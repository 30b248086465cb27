//! Sources, and the rooms they name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::tokens::{Token, tokens, without_tests};
use super::{ORDER, OUTER};

/// The sources of the library, without tests.
pub(super) struct Tree {
    pub(super) files: Vec<Source>,
    /// Names that src/lib.rs re-exports, and their rooms.
    pub(super) exports: BTreeMap<String, String>,
}

impl Tree {
    pub(super) fn read() -> Self {
        let src = root().join("src");
        let mut files: Vec<Source> = rust_files(&src)
            .iter()
            .filter(|path| **path != src.join("lib.rs") && **path != src.join("main.rs"))
            .map(|path| Source::parse(path.strip_prefix(root()).unwrap(), &read(path)))
            .collect();
        let tests: Vec<PathBuf> = files.iter().flat_map(Source::test_files).collect();
        files.retain(|file| {
            !tests
                .iter()
                .any(|test| file.path.with_extension("").starts_with(test))
        });
        let lib = tokens(&read(&src.join("lib.rs")));
        let exports = (0..lib.len())
            .filter(|&i| lib[i].text == "use")
            .flat_map(|i| paths(&lib, i + 1))
            .filter_map(|path| Some((path.last()?.clone(), path.first()?.clone())))
            .collect();
        Self { files, exports }
    }
}

/// A file of the library.
pub(super) struct Source {
    /// From the root of the project.
    path: PathBuf,
    pub(super) room: String,
    tokens: Vec<Token>,
    /// Names of `#[cfg(test)] mod name;`, or the path given to it.
    test_mods: Vec<PathBuf>,
}

/// A room that is named somewhere.
#[derive(PartialEq)]
pub(super) struct Use {
    line: usize,
    pub(super) room: String,
}

impl Source {
    pub(super) fn parse(path: &Path, text: &str) -> Self {
        let (tokens, test_mods) = without_tests(tokens(text));
        let modules = module_of(path);
        Self {
            path: path.into(),
            room: modules[0].clone(),
            tokens,
            test_mods,
        }
    }

    /// Paths, without `.rs`, of the files and folders of test modules declared here.
    pub(super) fn test_files(&self) -> Vec<PathBuf> {
        let folder = self.path.parent().unwrap();
        let own = match self.path.file_stem().unwrap().to_str().unwrap() {
            "mod" => folder.to_path_buf(),
            stem => folder.join(stem),
        };
        let place = |name: &PathBuf| match name.extension() {
            Some(_) => folder.join(name).with_extension(""),
            None => own.join(name),
        };
        self.test_mods.iter().map(place).collect()
    }

    /// Every place that names another room through `crate` or `super`.
    pub(super) fn uses(&self, exports: &BTreeMap<String, String>) -> Vec<Use> {
        let mut uses = Vec::new();
        let mut modules = module_of(&self.path);
        // Depth of braces at which each inline module ends.
        let mut inline: Vec<usize> = Vec::new();
        let mut depth = 0;
        for (i, token) in self.tokens.iter().enumerate() {
            match token.text.as_str() {
                "{" => {
                    depth += 1;
                    if i >= 2 && self.tokens[i - 2].text == "mod" {
                        modules.push(self.tokens[i - 1].text.clone());
                        inline.push(depth);
                    }
                }
                "}" => {
                    if inline.last() == Some(&depth) {
                        inline.pop();
                        modules.pop();
                    }
                    depth -= 1;
                }
                "crate" | "super" if self.begins_path(i) => {
                    for path in paths(&self.tokens, i) {
                        let Some(first) = from_root(&modules, &path) else {
                            continue;
                        };
                        let room = exports.get(&first).cloned().unwrap_or(first);
                        let used = Use {
                            line: token.line,
                            room,
                        };
                        if used.room != self.room && !uses.contains(&used) {
                            uses.push(used);
                        }
                    }
                }
                _ => {}
            }
        }
        uses
    }

    fn begins_path(&self, i: usize) -> bool {
        let follows = i
            .checked_sub(1)
            .map(|before| self.tokens[before].text.as_str());
        let within_group = matches!(follows, Some("{" | ","))
            && self.tokens[..i]
                .iter()
                .rev()
                .find(|t| matches!(t.text.as_str(), "use" | ";"))
                .is_some_and(|t| t.text == "use");
        follows != Some("::")
            && !within_group
            && self.tokens.get(i + 1).is_some_and(|t| t.text == "::")
    }

    pub(super) fn against_the_order(&self, exports: &BTreeMap<String, String>) -> Vec<String> {
        let rank = |room: &str| ORDER.iter().position(|&known| known == room);
        let wrong = |used: &Use| match (rank(&self.room), rank(&used.room)) {
            (Some(here), Some(there)) => there > here,
            _ => true,
        };
        self.uses(exports)
            .into_iter()
            .filter(wrong)
            .map(|used| {
                let why = match rank(&used.room) {
                    Some(_) => "comes after it in",
                    None => "is not a room of",
                };
                format!(
                    "{}:{}: `{}` uses `{}`, which {why} the order {}",
                    self.path.display(),
                    used.line,
                    self.room,
                    used.room,
                    ORDER.join(", ")
                )
            })
            .collect()
    }

    /// Every place of a computing room that reaches for the file system, the clock or the environment.
    pub(super) fn touches_outside(&self) -> Vec<String> {
        if OUTER.contains(&self.room.as_str()) {
            return Vec::new();
        }
        let text = |i: usize| self.tokens.get(i).map_or("", |t| t.text.as_str());
        let outside = |i: usize| match text(i) {
            "std" => paths(&self.tokens, i).iter().any(|path| {
                matches!(
                    path.get(1).map(String::as_str),
                    Some("fs" | "env" | "net" | "process")
                )
            }),
            "Instant" | "SystemTime" | "Timestamp" | "Zoned" => {
                text(i + 1) == "::" && text(i + 2) == "now"
            }
            _ => false,
        };
        (0..self.tokens.len())
            .filter(|&i| outside(i))
            .map(|i| {
                format!(
                    "{}:{}: `{}` must not touch files, clock or environment; only {} may",
                    self.path.display(),
                    self.tokens[i].line,
                    self.room,
                    OUTER.join(", ")
                )
            })
            .collect()
    }
}

impl Source {
    /// Codes of errors (`input/no-events`), and in the rooms that reject rows also the reasons (`bad-value`).
    pub(super) fn codes_and_reasons(&self) -> Vec<String> {
        const FAMILIES: [&str; 7] = [
            "config", "input", "data", "fit", "proof", "registry", "name",
        ];
        let slug = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        };
        let rejects = matches!(self.room.as_str(), "intake" | "export")
            && !self.path.starts_with("src/intake/sniff")
            && !self.path.ends_with("sniff.rs");
        let texts = self
            .tokens
            .iter()
            .filter_map(|t| t.text.strip_prefix('"')?.strip_suffix('"'));
        texts
            .filter(|text| match text.split_once('/') {
                Some((family, rest)) => FAMILIES.contains(&family) && slug(rest),
                None => rejects && slug(text) && text.trim_matches('-').contains('-'),
            })
            .map(String::from)
            .collect()
    }
}

/// The module a file holds: `src/a/b.rs` is `a::b`, `src/a/mod.rs` is `a`.
fn module_of(path: &Path) -> Vec<String> {
    let names = path.with_extension("");
    let names = names
        .components()
        .skip(1)
        .map(|c| c.as_os_str().to_str().unwrap().to_string());
    names.filter(|name| name != "mod").collect()
}

/// What `path`, written in `module`, names first at the root of the crate, if it leads there.
fn from_root(module: &[String], path: &[String]) -> Option<String> {
    let mut at = module.to_vec();
    for name in path {
        match name.as_str() {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            "self" => {}
            name if at.is_empty() => return Some(name.into()),
            _ => return None,
        }
    }
    None
}

/// Every path of the tree that begins at token `i`, groups opened.
fn paths(tokens: &[Token], i: usize) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = i;
    tree(tokens, &mut at, &mut Vec::new(), &mut found);
    found
}

fn tree(tokens: &[Token], at: &mut usize, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let text = |at: usize| tokens.get(at).map_or("", |t| t.text.as_str());
    let length = path.len();
    loop {
        if text(*at) == "{" {
            *at += 1;
            while !matches!(text(*at), "}" | "") {
                tree(tokens, at, path, found);
                // Past `as name` and the comma.
                while !matches!(text(*at), "," | "}" | "") {
                    *at += 1;
                }
                if text(*at) == "," {
                    *at += 1;
                }
            }
            *at += 1;
            break;
        }
        path.push(text(*at).into());
        *at += 1;
        if text(*at) != "::" {
            found.push(path.clone());
            break;
        }
        *at += 1;
    }
    path.truncate(length);
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every Rust file below `folder`, sorted.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
