//! The list `[[schedule]]`: limits by the hour. What its entries mean is the session's to say.

use host_session::schedule::{ScheduleEntry, ScheduleError};
use toml::{Table, Value};

use super::layer::Entry;
use super::problem::{Origin, Problem};

/// The key of the list.
pub const SCHEDULE: &str = "schedule";

/// The example of `host config init`, without the signs of comments.
pub const EXAMPLE: &str = "\
[[schedule]]
name = \"weekend\"
# Days and hours by the clocks of an IANA zone; hours may go over midnight. Left out: all days, all hours, UTC.
days = [\"sat\", \"sun\"]
hours = \"00:00-24:00\"
zone = \"America/New_York\"
# The part of positions and exposures that may be held; losses, orders and counts stay as they are.
scale = 0.5
# Limits of [risk] at full capital, in place of those there.
limits = { max_open_positions = 3, max_spread = 0.05 }
# True: no entry leaves, and those that work are cancelled; exits go on.
pause_entries = false
note = \"weekend markets are thinner\"
";

/// Sets the list in `tree`, once each of its entries can be read.
///
/// # Errors
/// It is no list of tables, or a table is no entry.
pub(super) fn set(tree: &mut Table, entry: &Entry) -> Result<(), Problem> {
    let Value::Array(list) = &entry.value else {
        let what = format!("`{SCHEDULE}` is a list: write `[[{SCHEDULE}]]` above the keys of each of its entries");
        return Err(Problem::new(&entry.origin, what));
    };
    for (value, number) in list.iter().zip(1..) {
        let read: Result<ScheduleEntry, _> = value.clone().try_into();
        if let Err(error) = read {
            let named = value.get("name").map_or_else(|| format!("entry {number}"), |name| format!("entry {name}"));
            let what = format!("`[[{SCHEDULE}]]`, {named}: {}", error.message().trim());
            return Err(Problem::new(&entry.origin, what));
        }
    }
    tree.insert(SCHEDULE.to_owned(), entry.value.clone());
    Ok(())
}

/// Returns the key of an entry that cannot be used, and why.
pub(super) fn refusal(error: ScheduleError) -> (String, String) {
    (format!("{SCHEDULE}.{}", error.name), error.problem)
}

/// Returns the problem of the entry with this key, if it is one of an entry.
pub(super) fn problem(key: &str, what: &str, origin: &Origin) -> Option<Problem> {
    let name = key.strip_prefix(SCHEDULE)?.strip_prefix('.')?;
    Some(Problem::new(origin, format!("`[[{SCHEDULE}]]`, entry \"{name}\": {what}")))
}
