//! `habitus init`: a commented project file.

use std::path::Path;

use serde_json::json;

use super::answer::Answer;
use super::args::Init;
use super::words;
use crate::error::Result;
use crate::files;
use crate::simulate::{self, Settings};

const CONFIG: &str = include_str!("../../templates/habitus.toml");
const GITIGNORE: &str = "/models/\n/reports/\n";

/// Writes what is not there yet; nothing is overwritten.
pub(super) fn init(args: &Init) -> Result<Answer> {
    let dir = &args.dir;
    let config = CONFIG.to_string();
    let mut kept = Vec::new();
    let mut written = Vec::new();
    for (name, text) in [("habitus.toml", config.as_str()), (".gitignore", GITIGNORE)] {
        let path = dir.join(name);
        if path.exists() {
            kept.push(path);
        } else {
            files::write_atomic(&path, text.as_bytes())?;
            written.push(path);
        }
    }
    if args.example {
        let data = dir.join("data");
        let simulated = simulate::run(&Settings::default(), &data, &|_| {})?;
        written.extend(simulated.files.into_iter().map(|file| file.path));
    }
    let mut text = String::new();
    for path in &written {
        text.push_str(&format!("wrote {}\n", path.display()));
    }
    for path in &kept {
        text.push_str(&format!(
            "kept  {}, which was there already\n",
            path.display()
        ));
    }
    let _ = words::count(0);
    let next = if dir == Path::new(".") {
        "habitus check".into()
    } else {
        format!("cd {} && habitus check", dir.display())
    };
    Ok(Answer::new(text, &json!({ "written": written, "kept": kept }))?.next(next))
}
