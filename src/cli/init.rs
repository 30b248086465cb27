//! `habitus init`: a commented project file.

use std::path::{Component, Path, PathBuf};

use serde_json::json;

use super::answer::Answer;
use super::args::Init;
use super::words;
use crate::config::load::FILE_NAME;
use crate::error::{Error, Result};
use crate::files;
use crate::intake;
use crate::simulate::{self, Settings};

/// The project file of the made-up product, which also shows what there is.
const EXAMPLE: &str = include_str!("../../templates/habitus.toml");
/// Models and reports are results, not sources.
const GITIGNORE: &str = "/models/\n/reports/\n";

/// Writes what is not there yet; nothing is overwritten.
pub(super) fn init(args: &Init) -> Result<Answer> {
    let dir = &args.dir;
    let config = match &args.from {
        None => EXAMPLE.to_string(),
        Some(log) => {
            let mut proposal = intake::sniff(log)?;
            proposal.path = relative(log, dir)?;
            proposal.to_toml()
        }
    };
    let mut written = Vec::new();
    let mut kept = Vec::new();
    for (name, text) in [(FILE_NAME, config.as_str()), (".gitignore", GITIGNORE)] {
        let path = dir.join(name);
        if path.exists() {
            kept.push(path);
        } else {
            files::write_atomic(&path, text.as_bytes())?;
            written.push(path);
        }
    }
    if args.example {
        let simulated = simulate::run(&Settings::default(), &dir.join("data"), &|_| {})?;
        written.extend(simulated.files.into_iter().map(|file| file.path));
    }
    let mut text: String = written
        .iter()
        .map(|path| format!("wrote {}\n", words::path(path)))
        .collect();
    for path in &kept {
        text.push_str(&format!(
            "kept  {}, which was there already\n",
            words::path(path)
        ));
    }
    let shown = dir.display();
    let go = if dir == Path::new(".") {
        String::new()
    } else {
        format!("cd {shown} && ")
    };
    let next = if args.from.is_some() {
        format!(
            "read what was guessed in {}, then: {go}habitus check",
            words::path(&dir.join(FILE_NAME))
        )
    } else if args.example {
        format!("{go}habitus run")
    } else {
        format!(
            "name your files in {}, then: {go}habitus check",
            words::path(&dir.join(FILE_NAME))
        )
    };
    Ok(Answer::new(text, &json!({ "written": written, "kept": kept }))?.next(next))
}

/// `file` as seen from `dir`, so that the project can be moved together with its data; as an absolute path
/// where they share no more than the root.
fn relative(file: &Path, dir: &Path) -> Result<PathBuf> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(|e| Error::io("read", path, e));
    let (file, dir) = (normal(&absolute(file)?), normal(&absolute(dir)?));
    let shared = file
        .components()
        .zip(dir.components())
        .take_while(|(a, b)| a == b)
        .count();
    if shared <= 1 {
        return Ok(file);
    }
    let up = dir.components().skip(shared).map(|_| Component::ParentDir);
    Ok(up.chain(file.components().skip(shared)).collect())
}

/// The path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_named_as_seen_from_the_project() {
        let seen = |file: &str, dir: &str| relative(Path::new(file), Path::new(dir)).unwrap();
        assert_eq!(seen("/a/p/data/e.csv", "/a/p"), Path::new("data/e.csv"));
        assert_eq!(
            seen("/a/logs/e.csv", "/a/p/q"),
            Path::new("../../logs/e.csv")
        );
        assert_eq!(seen("/b/e.csv", "/a/p"), Path::new("/b/e.csv"));
        assert_eq!(seen("x/../e.csv", "."), Path::new("e.csv"));
    }
}
