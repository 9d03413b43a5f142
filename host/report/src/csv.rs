//! Writes a report as CSV with two columns, the JSON key and its value.

use host_core::foreign::csv_cell;
use serde_json::Value;

use crate::report::Report;

/// Returns the report as `metric,value` lines (RFC 4180, but with bare line feeds). The name of a nested metric is its
/// path, such as `drawdown.peak` or `by_market.0.net_pnl`; the value of an undefined one is empty. The definitions are
/// left out.
///
/// # Errors
/// Returns serde_json's error if the report cannot be serialised; no case is known.
pub fn csv(report: &Report) -> Result<String, serde_json::Error> {
    let mut json = serde_json::to_value(report)?;
    if let Value::Object(figures) = &mut json {
        figures.remove("notes");
    }
    // The order of keys must not depend on serde_json's feature `preserve_order`, which another crate may turn on.
    json.sort_all_objects();
    let mut text = String::from("metric,value\n");
    append(&mut text, "", &json);
    Ok(text)
}

fn append(text: &mut String, path: &str, value: &Value) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let value = match value {
        Value::Object(fields) => return fields.iter().for_each(|(key, value)| append(text, &below(key), value)),
        Value::Array(items) => {
            return items.iter().enumerate().for_each(|(index, value)| append(text, &below(&index.to_string()), value));
        }
        Value::Null => String::new(),
        Value::String(string) => string.clone(),
        other => other.to_string(),
    };
    text.push_str(&format!("{},{}\n", csv_cell(path), csv_cell(&value)));
}
