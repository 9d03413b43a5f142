//! The person who gives a command, as the journal and the lists name them.

/// Returns the user's login name.
pub fn login() -> String {
    let login = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    login.unwrap_or_else(|| "unknown user".to_owned())
}

/// Returns the operator for the journal: their login name and the command they ran.
pub fn operator(command: &str) -> String {
    format!("{} (host {command})", login())
}
