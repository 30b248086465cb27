//! From the file, the environment and flags to one [`Config`]: flag over environment over file over default.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Config, check, keys};
use crate::error::{Error, Result};
use crate::files;

/// Name of the project file.
pub const FILE_NAME: &str = "habitus.toml";
const MAX_BYTES: u64 = 1 << 20;
/// Problems told at once at most.
const MAX_PROBLEMS: usize = 20;
/// Variables that are no keys of the project file.
const OTHER_VARIABLES: [&str; 2] = ["HABITUS_CONFIG", "HABITUS_FAIL_AT"];

/// A value for one key from outside the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Dotted key, such as `windows.cutoff`.
    pub key: String,
    /// The value as written.
    pub value: String,
    /// Where it comes from, for messages: `--cutoff` or `HABITUS_WINDOWS_CUTOFF`.
    pub origin: String,
}

/// A project file as read.
#[derive(Clone, Debug)]
pub struct Project {
    /// The file.
    pub path: PathBuf,
    /// Its folder: paths in the file are relative to it.
    pub base: PathBuf,
    /// Its text.
    pub text: String,
    /// What it says, with the environment and flags laid over it, checked.
    pub config: Config,
}

/// The project file of `dir` or the nearest folder above it.
///
/// # Errors
/// [`Error::NotFound`] if there is none up to the root.
pub fn find(dir: &Path) -> Result<PathBuf> {
    let found = dir
        .ancestors()
        .map(|folder| folder.join(FILE_NAME))
        .find(|path| path.is_file());
    found.ok_or_else(|| Error::NotFound {
        what: "project file",
        name: FILE_NAME.into(),
        help: Some(format!(
            "run `habitus init` in your project, or name a file with --config (looked in {} and above)",
            dir.display()
        )),
    })
}

/// Overrides from environment variables; an empty variable is as good as unset.
///
/// # Errors
/// [`Error::Config`] for a `HABITUS_` variable that is no key, with the nearest one.
pub fn from_environment(
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Vec<Override>> {
    let keys = keys::all();
    let mut overrides = Vec::new();
    for (name, value) in variables {
        if !name.starts_with("HABITUS_")
            || value.is_empty()
            || OTHER_VARIABLES.contains(&name.as_str())
        {
            continue;
        }
        let Some(key) = keys.iter().find(|key| keys::variable(key) == name) else {
            let known: Vec<String> = keys.iter().map(|key| keys::variable(key)).collect();
            let error = Error::config(format!(
                "the environment variable {name} is no key of {FILE_NAME}"
            ));
            // The prefix that all share would make everything look alike.
            let bare = |name: &'_ str| name.trim_start_matches("HABITUS_").to_string();
            let names: Vec<String> = known.iter().map(|name| bare(name)).collect();
            return Err(
                match nearest(&bare(&name), names.iter().map(String::as_str)) {
                    Some(nearest) => error.with_help(format!("did you mean HABITUS_{nearest}?")),
                    None => error.with_help("`habitus schema` lists the keys"),
                },
            );
        };
        overrides.push(Override {
            key: key.clone(),
            value,
            origin: name,
        });
    }
    overrides.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(overrides)
}

/// Reads and checks a project file; later overrides win over earlier ones.
///
/// # Errors
/// [`Error::Io`] if it cannot be read; [`Error::Config`] or [`Error::ConfigMany`] with every problem found.
pub fn load(path: &Path, overrides: &[Override]) -> Result<Project> {
    let bytes = files::read_capped(path, MAX_BYTES)?;
    let text = String::from_utf8(bytes)
        .map_err(|e| Error::input("config/not-utf8", path, format!("is not UTF-8: {e}")))?;
    let mut config = parse(path, &text)?;
    if !overrides.is_empty() {
        config = lay_over(&text, overrides)?;
    }
    let problems: Vec<Error> = check::problems(&config)
        .into_iter()
        .map(|(message, help)| {
            let set_by = overrides.iter().find(|one| message.contains(&one.key));
            Error::Config {
                path: set_by.is_none().then(|| path.into()),
                span: None,
                message: set_by.map_or(message.clone(), |one| {
                    format!("{message} (set by {})", one.origin)
                }),
                help,
            }
        })
        .collect();
    tell(problems)?;
    let base = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
        .to_path_buf();
    Ok(Project {
        path: path.into(),
        base,
        text,
        config,
    })
}

/// Parses the text; after a problem the faulty lines are blanked and the rest is read again, so that all
/// problems are told at once.
fn parse(path: &Path, text: &str) -> Result<Config> {
    let mut rest = text.to_string();
    let mut problems = Vec::new();
    loop {
        let error = match toml::from_str::<Config>(&rest) {
            Ok(config) if problems.is_empty() => return Ok(config),
            Ok(_) => break,
            Err(error) => error,
        };
        let message = error.message().to_string();
        let help = suggestion(&message);
        let span = error.span();
        // What is missing cannot be blanked, and may be missing only because it has been.
        if message.starts_with("missing field") {
            if problems.is_empty() {
                problems.push(Error::Config {
                    path: Some(path.into()),
                    span,
                    message,
                    help,
                });
            }
            break;
        }
        problems.push(Error::Config {
            path: Some(path.into()),
            span: span.clone(),
            message,
            help,
        });
        match span.and_then(|span| blank(&rest, span)) {
            Some(blanked) if problems.len() < MAX_PROBLEMS => rest = blanked,
            _ => break,
        }
    }
    tell(problems)?;
    Err(Error::Internal(
        "a configuration problem without a message".into(),
    ))
}

fn tell(mut problems: Vec<Error>) -> Result<()> {
    match problems.len() {
        0 => Ok(()),
        1 => Err(problems.remove(0)),
        _ => Err(Error::ConfigMany(problems)),
    }
}

/// The text with the lines of `span` (and all of a table, if it is the table's header) turned into blanks of
/// the same length; `None` if nothing is left to blank.
fn blank(text: &str, span: Range<usize>) -> Option<String> {
    let start = text.get(..span.start)?.rfind('\n').map_or(0, |i| i + 1);
    let from = span.end.max(span.start + 1).min(text.len());
    let mut end = text
        .get(from..)?
        .find('\n')
        .map_or(text.len(), |i| from + i);
    if text.get(start..)?.starts_with('[') {
        end = text.get(end..)?.find("\n[").map_or(text.len(), |i| end + i);
    }
    let faulty = text.get(start..end)?;
    if faulty.trim().is_empty() {
        return None;
    }
    let blanks: String = faulty
        .bytes()
        .map(|b| if b == b'\n' { '\n' } else { ' ' })
        .collect();
    Some([text.get(..start)?, &blanks, text.get(end..)?].concat())
}

/// "did you mean" for serde's "unknown field `x`, expected one of `a`, `b`".
fn suggestion(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().filter(|_| message.starts_with("unknown "))?;
    nearest(wrong, quoted).map(|nearest| format!("did you mean `{nearest}`?"))
}

fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.map(|name| (strsim::jaro_winkler(wrong, name), name));
    scored
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn lay_over(text: &str, overrides: &[Override]) -> Result<Config> {
    let mut table: toml::Table =
        toml::from_str(text).map_err(|e| Error::config(e.message().to_string()))?;
    let mut config = None;
    for one in overrides {
        let wrong =
            |message: String| Error::config(format!("{} = `{}`: {message}", one.origin, one.value));
        // A value that is no TOML literal is a string: HABITUS_PRODUCT_NAME=Acme needs no quotes.
        let literal = toml::from_str::<toml::Table>(&format!("v = {}", one.value)).ok();
        let literal = literal.and_then(|mut t| t.remove("v"));
        let candidates = literal
            .into_iter()
            .chain([toml::Value::String(one.value.clone())]);
        let mut last_error = String::new();
        let mut accepted = None;
        for value in candidates {
            let mut trial = table.clone();
            set(&mut trial, &one.key, value).map_err(wrong)?;
            match Config::deserialize(trial.clone()) {
                Ok(parsed) => {
                    accepted = Some((trial, parsed));
                    break;
                }
                Err(error) if last_error.is_empty() => last_error = error.message().to_string(),
                Err(_) => {}
            }
        }
        let (trial, parsed) = accepted.ok_or_else(|| wrong(last_error))?;
        table = trial;
        config = Some(parsed);
    }
    config.ok_or_else(|| Error::Internal("no override to lay over".into()))
}

fn set(table: &mut toml::Table, key: &str, value: toml::Value) -> Result<(), String> {
    match key.split_once('.') {
        None => {
            table.insert(key.into(), value);
            Ok(())
        }
        Some((section, rest)) => {
            let entry = table
                .entry(section)
                .or_insert_with(|| toml::Value::Table(toml::Table::new()));
            let inner = entry
                .as_table_mut()
                .ok_or_else(|| format!("`{section}` is no section"))?;
            set(inner, rest, value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str =
        "[events]\npaths = [\"e.csv\"]\ncolumns = { customer = \"u\", at = \"t\" }\n";

    fn with(text: &str) -> Result<Config> {
        parse(Path::new("habitus.toml"), &format!("{MINIMAL}{text}"))
    }

    fn messages(error: &Error) -> Vec<String> {
        match error {
            Error::ConfigMany(all) => all.iter().map(ToString::to_string).collect(),
            one => vec![one.to_string()],
        }
    }

    #[test]
    fn a_dozen_words_are_a_project_and_the_rest_has_defaults() {
        let config = with("").unwrap();
        assert_eq!(config.windows.observation_days, 90);
        assert_eq!(config.segments.k_max, 8);
        assert!(check::problems(&config).is_empty());
    }

    #[test]
    fn f_75_all_problems_are_told_at_once_with_suggestions() {
        let error =
            with("[windows]\nhorizon_day = 30\ngap_days = \"x\"\n[segmets]\nk = 3\n").unwrap_err();
        let messages = messages(&error);
        assert_eq!(messages.len(), 3, "{messages:?}");
        let Error::ConfigMany(all) = &error else {
            panic!("many")
        };
        let helps: Vec<_> = all.iter().filter_map(Error::help).collect();
        assert!(helps.contains(&"did you mean `horizon_days`?"), "{helps:?}");
        assert!(helps.contains(&"did you mean `segments`?"), "{helps:?}");
        for one in all {
            let Error::Config {
                span: Some(span), ..
            } = one
            else {
                panic!("no span: {one}")
            };
            let text = format!(
                "{MINIMAL}[windows]\nhorizon_day = 30\ngap_days = \"x\"\n[segmets]\nk = 3\n"
            );
            assert!(
                ["horizon_day", "\"x\"", "segmets"].contains(&&text[span.clone()]),
                "{}",
                &text[span.clone()]
            );
        }
    }

    #[test]
    fn f_75_syntax_errors_duplicates_and_overflows_are_refused() {
        for text in [
            "[windows\n",
            "[windows]\ngap_days = 1\ngap_days = 2\n",
            "[windows]\ngap_days = 99999999999\n",
        ] {
            assert!(with(text).is_err(), "{text}");
        }
        assert!(
            parse(Path::new("h"), "")
                .unwrap_err()
                .to_string()
                .contains("missing field `events`")
        );
    }

    #[test]
    fn f_77_a_flag_wins_over_the_environment_and_that_over_the_file() {
        let text = format!("{MINIMAL}[windows]\nhorizon_days = 10\n");
        let over = |value: &str, origin: &str| Override {
            key: "windows.horizon_days".into(),
            value: value.into(),
            origin: origin.into(),
        };
        let both = [
            over("20", "HABITUS_WINDOWS_HORIZON_DAYS"),
            over("40", "--horizon"),
        ];
        assert_eq!(lay_over(&text, &both).unwrap().windows.horizon_days, 40);
        assert_eq!(
            lay_over(&text, &both[..1]).unwrap().windows.horizon_days,
            20
        );
        let wrong = lay_over(&text, &[over("soon", "HABITUS_WINDOWS_HORIZON_DAYS")])
            .unwrap_err()
            .to_string();
        assert!(
            wrong.starts_with("HABITUS_WINDOWS_HORIZON_DAYS = `soon`: invalid type"),
            "{wrong}"
        );
    }

    #[test]
    fn f_77_variables_are_known_by_name_and_empty_ones_are_unset() {
        let env = |name: &str, value: &str| {
            from_environment([(name.to_string(), value.to_string())].into_iter())
        };
        assert_eq!(
            env("HABITUS_PRODUCT_NAME", "Acme").unwrap()[0].key,
            "product.name"
        );
        assert!(env("HABITUS_PRODUCT_NAME", "").unwrap().is_empty());
        assert!(env("HABITUS_CONFIG", "x.toml").unwrap().is_empty());
        let error = env("HABITUS_PRODUCT_NAMES", "x").unwrap_err();
        assert_eq!(error.help(), Some("did you mean HABITUS_PRODUCT_NAME?"));
        assert_eq!(
            env("HABITUS_FOO", "x").unwrap_err().help(),
            Some("`habitus schema` lists the keys")
        );
    }
}
