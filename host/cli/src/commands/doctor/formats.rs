//! The formats of the account's files against this binary: whether it can go on with them, and what leads back.

use std::ops::RangeInclusive;

use host_core::engine::EngineSnapshot;
use host_live::account_dir::is_there;
use host_store::live::AccountFormats;

use super::diagnosis::Diagnosis;
use super::patient::Patient;

const GROUP: &str = "formats";

/// Looks at the versions of the account's files.
pub fn look(patient: &Patient) -> Vec<Diagnosis> {
    let Some(folder) = patient.begun().filter(|folder| is_there(&folder.journal())) else {
        return vec![Diagnosis::unseen(GROUP, "there is no journal yet: the first start makes one")];
    };
    match AccountFormats::of(folder.path()) {
        Ok(found) => judge(&found),
        // A file that cannot be read at all is the store's finding.
        Err(error) => vec![Diagnosis::unseen(GROUP, error.to_string())],
    }
}

/// Judges the versions `found` by those that this binary reads and writes.
pub fn judge(found: &AccountFormats) -> Vec<Diagnosis> {
    let state = EngineSnapshot::OLDEST..=EngineSnapshot::VERSION;
    let parts = [
        ("the journal", Some(found.journal), AccountFormats::JOURNAL),
        ("the account's tables", found.account, AccountFormats::ACCOUNT),
        ("the engine's state", found.state, state),
    ];
    let this = env!("CARGO_PKG_VERSION");
    let last = found.last_host.as_deref().unwrap_or("an unknown version");
    let known = parts.into_iter().filter_map(|(what, version, range)| Some((what, version?, range)));
    let mut all: Vec<Diagnosis> = known.clone().filter_map(|part| differing(part, last)).collect();
    if all.is_empty() {
        let versions: Vec<String> = known.map(|(what, version, _)| format!("{what} {version}")).collect();
        let back = match last == this {
            true => String::new(),
            false => format!("; nothing is upgraded, so version {last} can go on with them until this one has traded"),
        };
        all.push(Diagnosis::ok(GROUP, format!("{}: as this version, {this}, writes them{back}", versions.join(", "))));
    }
    all
}

/// Says of a part whose version is not the one that this binary writes.
fn differing((what, version, range): (&str, i64, RangeInclusive<i64>), last: &str) -> Option<Diagnosis> {
    let present = *range.end();
    if version == present {
        return None;
    }
    Some(if version > present {
        Diagnosis::problem(
            "format_newer",
            format!("{what} has version {version}, and this host writes {present}: a later host, {last}, has kept it"),
            "go on with the later host, or restore a backup from before the upgrade: `host backup --restore`",
        )
    } else if version < *range.start() {
        Diagnosis::problem(
            "format_too_old",
            format!("{what} has version {version}, and this host goes on from {} or later", range.start()),
            format!("go on with host {last}; or let that one close the positions, and begin anew under another name"),
        )
    } else {
        Diagnosis::warning(
            "format_upgrade",
            format!("{what} has version {version}: the next start upgrades it to {present} for good"),
            format!(
                "make a backup first (`host backup --out FILE`): host {last} can go on with nothing else after that"
            ),
        )
    })
}
