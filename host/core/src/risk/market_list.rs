//! Lists of markets and events, as limits name them.

/// Returns true if `patterns` contains `name`, a prefix of it followed by `*`, or `*`.
pub(super) fn is_listed(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    })
}
