//! The decision journal of an account or a run: what people noted, what they did by hand, and what they changed between
//! sessions, in the order of time.

use std::collections::BTreeMap;
use std::path::Path;

use host_store::decisions::{self, Decision};
use host_store::journal::StrategyInfo;
use host_store::live::{
    JOURNAL_FILE, OperatorEntry, SessionSettings, account_operator_log, account_settings, latest_operator_entries,
    latest_settings,
};

use crate::config_keys;
use crate::error::Result;

/// The action of an entry that tells of changed settings.
const CHANGED: &str = "changed";
/// The person who changed them, as far as it is known: the one who started the session.
const AT_START: &str = "at a start";

/// Returns the decision journal of the account or run in `folder`.
///
/// # Errors
/// A file cannot be read.
pub fn read(folder: &Path) -> Result<Vec<Decision>> {
    let noted = decisions::read(folder)?;
    if !folder.join(JOURNAL_FILE).is_file() {
        return Ok(noted);
    }
    Ok(joined(noted, account_operator_log(folder)?, &account_settings(folder)?))
}

/// Returns the latest entries of the decision journal, at most `most`, in the order of time. What is written long after
/// its time is not among them.
///
/// # Errors
/// A file cannot be read.
pub fn latest(folder: &Path, most: usize) -> Result<Vec<Decision>> {
    let noted = decisions::latest(folder, most)?;
    let mut latest = match folder.join(JOURNAL_FILE).is_file() {
        // One session more: each is compared with the one before it.
        true => joined(noted, latest_operator_entries(folder, most)?, &latest_settings(folder, most + 1)?),
        false => noted,
    };
    latest.drain(..latest.len().saturating_sub(most));
    Ok(latest)
}

fn joined(noted: Vec<Decision>, log: Vec<OperatorEntry>, sessions: &[SessionSettings]) -> Vec<Decision> {
    let mut all = told_once(noted, &log);
    all.extend(log.into_iter().map(decision));
    all.extend(sessions.windows(2).filter_map(|pair| changes(&pair[0], &pair[1])));
    all.sort_by_key(|decision| decision.time);
    all
}

fn decision(entry: OperatorEntry) -> Decision {
    let OperatorEntry { time, who, what, reason } = entry;
    Decision { time, who, what, text: reason, about: None }
}

/// Returns `noted` without the actions that a later start has taken over into the operator log.
fn told_once(noted: Vec<Decision>, log: &[OperatorEntry]) -> Vec<Decision> {
    let mut logged: Vec<(&str, &str, &str)> =
        log.iter().map(|entry| (entry.who.as_str(), entry.what.as_str(), entry.reason.as_str())).collect();
    let mut left = noted;
    left.retain(|Decision { who, what, text, .. }| {
        let same = logged.iter().position(|entry| *entry == (who, what, text) && what != decisions::NOTE);
        same.map(|at| logged.swap_remove(at)).is_none()
    });
    left
}

/// Returns the entry about what a session was started with and the one before was not; `None` if that is nothing.
fn changes(before: &SessionSettings, now: &SessionSettings) -> Option<Decision> {
    let [former, latter] = [before, now].map(|session| {
        let mut settings = config_keys::read(&session.config);
        session.strategies.iter().for_each(|strategy| add_strategy(&mut settings, strategy));
        settings
    });
    let names: Vec<&String> = former.keys().chain(latter.keys().filter(|name| !former.contains_key(*name))).collect();
    let mut changed: Vec<String> = names
        .into_iter()
        .filter(|name| former.get(*name) != latter.get(*name))
        .map(|name| {
            let text =
                |settings: &BTreeMap<String, String>| settings.get(name).map_or("none", String::as_str).to_owned();
            format!("{name}: {} \u{2192} {}", text(&former), text(&latter))
        })
        .collect();
    changed.sort();
    (!changed.is_empty()).then(|| Decision {
        time: now.started,
        who: AT_START.to_owned(),
        what: CHANGED.to_owned(),
        text: changed.join("; "),
        about: None,
    })
}

fn add_strategy(settings: &mut BTreeMap<String, String>, strategy: &StrategyInfo) {
    let StrategyInfo { name, version, sha256, parameters, .. } = strategy;
    let digest = sha256.get(..12).unwrap_or(sha256);
    settings.insert(name.clone(), format!("{version} ({digest})"));
    settings.extend(parameters.iter().map(|(parameter, value)| (format!("{name}.{parameter}"), value.to_string())));
}

#[cfg(test)]
mod tests {
    use host_core::{SlotId, Timestamp};

    use super::*;

    fn session(started: i64, config: &str, version: &str, threshold: f64) -> SessionSettings {
        let parameters = [("threshold".to_owned(), host_core::strategy::ParameterValue::Number(threshold))];
        let strategy = StrategyInfo {
            slot: SlotId(0),
            name: "mean-reversion".to_owned(),
            version: version.to_owned(),
            sha256: "87a76cafbef04753f893".to_owned(),
            parameters: parameters.into(),
        };
        SessionSettings { started: Timestamp(started), strategies: vec![strategy], config: config.to_owned() }
    }

    #[test]
    fn what_was_changed_between_sessions_is_told_with_both_values() {
        let before =
            session(1, "[risk]\nmax_daily_loss = 200.0\nmin_spread = 0.01\n[live]\naccount = \"a\"\n", "1.0", 1.5);
        assert_eq!(changes(&before, &before), None);
        let now = session(9, "[risk]\nmax_daily_loss = 100.0\n[live]\naccount = \"a\"\n", "1.1", 1.2);
        let told = changes(&before, &now).unwrap();
        assert_eq!((told.time, told.what.as_str()), (Timestamp(9), "changed"));
        assert_eq!(
            told.text,
            "mean-reversion.threshold: 1.5 \u{2192} 1.2; mean-reversion: 1.0 (87a76cafbef0) \u{2192} 1.1 (87a76cafbef0)\
             ; risk.max_daily_loss: 200.0 \u{2192} 100.0; risk.min_spread: 0.01 \u{2192} none"
        );
    }

    #[test]
    fn a_kill_that_a_start_has_logged_is_told_once() {
        let kill = |text: &str| Decision {
            time: Timestamp(1),
            who: "alex".to_owned(),
            what: "kill".to_owned(),
            text: text.to_owned(),
            about: None,
        };
        let logged = |reason: &str| OperatorEntry {
            time: Timestamp(5),
            who: "alex".to_owned(),
            what: "kill".to_owned(),
            reason: reason.to_owned(),
        };
        let note = Decision { what: decisions::NOTE.to_owned(), ..kill("a") };
        let left = told_once(vec![kill("a"), kill("a"), kill("b"), note.clone()], &[logged("a")]);
        assert_eq!(left, [kill("a"), kill("b"), note]);
    }
}
