//! The keys of the project file, read off its JSON Schema, so that there is one list of them.

use serde_json::Value;

use super::Config;

/// JSON Schema of `habitus.toml`.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(Config).to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".into(), "habitus.toml".into());
    }
    schema
}

/// Every key that holds a value, as dotted path (`windows.horizon_days`), sorted.
#[must_use]
pub fn all() -> Vec<String> {
    let schema = json_schema();
    let mut keys = Vec::new();
    walk(&schema, &schema, "", &mut keys);
    keys.sort();
    keys.dedup();
    keys
}

/// The environment variable of a key: `HABITUS_WINDOWS_HORIZON_DAYS`.
#[must_use]
pub fn variable(key: &str) -> String {
    format!("HABITUS_{}", key.replace('.', "_").to_uppercase())
}

fn walk(schema: &Value, node: &Value, path: &str, keys: &mut Vec<String>) {
    if let Some(target) = node.get("$ref").and_then(Value::as_str) {
        if let Some(target) = schema.pointer(target.trim_start_matches('#')) {
            walk(schema, target, path, keys);
        }
        return;
    }
    if let Some(properties) = node.get("properties").and_then(Value::as_object) {
        for (name, child) in properties {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            walk(schema, child, &path, keys);
        }
        return;
    }
    // Option<Section> is written as anyOf [section, null].
    let section = node.get("anyOf").and_then(Value::as_array).and_then(|any| {
        any.iter().find(|one| {
            let target = one.get("$ref").and_then(Value::as_str);
            target
                .and_then(|t| schema.pointer(t.trim_start_matches('#')))
                .is_some_and(|t| t.get("properties").is_some())
        })
    });
    match section {
        Some(section) => walk(schema, section, path, keys),
        None if !path.is_empty() => keys.push(path.into()),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_depth_are_listed() {
        let keys = all();
        for key in [
            "windows.horizon_days",
            "events.columns.customer",
            "customers.columns.id",
            "segments.k",
        ] {
            assert!(
                keys.iter().any(|k| k == key),
                "{key} is missing in {keys:?}"
            );
        }
        assert_eq!(
            variable("windows.horizon_days"),
            "HABITUS_WINDOWS_HORIZON_DAYS"
        );
    }

    #[test]
    fn no_two_keys_share_a_variable() {
        let mut variables: Vec<String> = all().iter().map(|key| variable(key)).collect();
        let n = variables.len();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), n);
    }
}
