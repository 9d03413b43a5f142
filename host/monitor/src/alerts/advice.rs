//! The advice about each notice that people are told of, in a sentence or two. `host/docs/RUNBOOK.md` has the whole
//! of it.

use host_live::notice::NoticeCode;

/// Something that a person can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// One or two sentences.
    pub text: &'static str,
    /// The command to begin with.
    pub command: &'static str,
}

const STATUS: &str = "host status";
const REVIEW: &str = "host review";
const KILL: &str = "host kill";
const RESUME: &str = "host resume --reason '...'";
const RESUME_SLOT: &str = "host resume --slot NAME --reason '...'";
const SLOTS: &str = "host slots";

/// The advice for each code that people are told of.
#[rustfmt::skip] // A table.
const ADVICE: &[(NoticeCode, &str, &str)] = &[
    (NoticeCode::EmergencyStop,
        "The host has stopped because it cannot write. Make room on the disk or mend it, look at the venue for \
         orders that are left, then start the host again.",
        KILL),
    (NoticeCode::OrdersRemain,
        "Orders are left open at the venue, and no host looks after them. Cancel them now; they also expire by \
         themselves, and the next start looks them up.",
        KILL),
    (NoticeCode::KeyChanged,
        "If you have not changed the key, stop the host and revoke the key at the venue.",
        KILL),
    (NoticeCode::JournalUpgraded,
        "Nothing, if you have installed a new version. The former one cannot continue the account any more.",
        STATUS),
    (NoticeCode::RecordingDamaged,
        "Trading is not affected, but the next warm-up lacks those polls. Check the disk.",
        "host data info live/ACCOUNT/tape"),
    (NoticeCode::RecordingWaits,
        "Nothing is lost yet. Check space and permissions of the account's folder.",
        STATUS),
    (NoticeCode::ArchiveWaits,
        "Nothing is lost. Check space and permissions of the account's folder.",
        STATUS),
    (NoticeCode::DiskLow,
        "Make room within the days that are named, or move the account to a larger disk.",
        STATUS),
    (NoticeCode::DiskCritical,
        "Make room now: a host that cannot write cancels its orders and stops.",
        STATUS),
    (NoticeCode::OrderUnknown,
        "The host asks the venue for the order and counts it as filled meanwhile. If it stays unknown, look for \
         it at the venue.",
        STATUS),
    (NoticeCode::Trading,
        "The reason names value and limit. Entries are stopped, or all orders; positions stay. Find out why \
         before you let the host trade on.",
        RESUME),
    (NoticeCode::ExitBlocked,
        "A position cannot be closed, for the reason that is named. Close it by hand at the venue if it must not \
         wait.",
        STATUS),
    (NoticeCode::SlotTrading,
        "The slot's own limit stopped its entries; other slots trade, and its exits are worked. The reason \
         names value and limit: find out why before you let it go on.",
        RESUME_SLOT),
    (NoticeCode::StrategyFault,
        "The strategy failed twice at the same prices, or too often: its entries are cancelled, and its \
         exits are worked as it wanted them. Read the fault, then resume the slot, swap in a version that \
         works, or close its positions.",
        RESUME_SLOT),
    (NoticeCode::StrategyRestarted,
        "Nothing now: a fresh instance went on where the strategy failed. A third fault in an hour \
         quarantines its slot, so read the fault.",
        SLOTS),
    (NoticeCode::StrategySwapped,
        "If the former version came back because of a fault, read the fault before you swap again. Otherwise \
         nothing.",
        SLOTS),
    (NoticeCode::SwapRefused,
        "The former version trades on. Read why, mend the component and swap again.",
        SLOTS),
    (NoticeCode::Shadow,
        "The version in the shadow failed or could not go on; the one that trades is not affected.",
        SLOTS),
    (NoticeCode::LinesEnded,
        "Trading is not affected. Read why; the lines begin again with the next start or swap.",
        SLOTS),
    (NoticeCode::SlotVacant,
        "Positions of a strategy that is not loaded are held by nobody. Start the host with that strategy, or \
         with --wind-down.",
        SLOTS),
    (NoticeCode::StrategyNotResumed,
        "The strategy was warmed up from recorded prices instead. See that it decides as before.",
        SLOTS),
    (NoticeCode::PositionsUnknown,
        "The strategy does not know that it holds positions and may never close them. Close them at the venue.",
        STATUS),
    (NoticeCode::VenueDown,
        "Look at the venue's status page. The host tries again by itself; no entry leaves meanwhile. Positions \
         can be closed at the venue if it answers you.",
        STATUS),
    (NoticeCode::VenuePaused,
        "Nothing: entries and exits wait, and go on when the venue takes orders again. Its announcements and its \
         status page say why.",
        STATUS),
    (NoticeCode::VenueResumed,
        "The venue does not say whether it takes orders, so they are tried again. Look at its status page.",
        STATUS),
    (NoticeCode::ReadsRepeated,
        "Nothing: the repetition succeeded. If it goes on, look at the venue's status page and at your connection.",
        REVIEW),
    (NoticeCode::MarketDelisted,
        "Look the market up at the venue. If it was settled or declared void, book what it paid.",
        "host settle TICKER VALUE --reason '...'"),
    (NoticeCode::StreamDown,
        "Nothing: polls go on. If it lasts, look at the venue's status page.",
        STATUS),
    (NoticeCode::PollsMissing,
        "Strategies see no prices and decide nothing. Look at the venue's status page and at this machine's clock \
         and connection.",
        STATUS),
    (NoticeCode::TradesMissing,
        "The recording lacks them, and orders of a pretend account fill less. Look at the venue's status page; if it \
         lasts, look for a new version of the host.",
        STATUS),
    (NoticeCode::Throttled,
        "Raise feed.poll, poll fewer series, or ask the venue for more requests.",
        STATUS),
    (NoticeCode::RowUnreadable,
        "The venue sent something that the host cannot read. Compare the account at the venue with the host's \
         books, and look for a new version of the host.",
        STATUS),
    (NoticeCode::ClockSkew,
        "Set this machine's clock: orders expire at other times and may be refused.",
        "timedatectl status"),
    (NoticeCode::PayoutUnreadable,
        "Look up what the market has paid, and book it.",
        "host settle TICKER VALUE --reason '...'"),
    (NoticeCode::ForeignFill,
        "Somebody else trades on this account. If it was not you, stop the host and revoke the key at the venue.",
        KILL),
    (NoticeCode::BooksDiffer,
        "No entry leaves until the books agree. Compare orders and positions with the venue's; accept the \
         difference only if you know where it comes from.",
        STATUS),
    (NoticeCode::TooManyMarkets,
        "The strategy is shown no further markets. Poll fewer series (venue.series), or use a component with more \
         memory.",
        SLOTS),
    (NoticeCode::CashMoved,
        "Nothing, if you have moved the money. Otherwise look at the venue's list of transfers.",
        STATUS),
    (NoticeCode::MarketSettled,
        "Nothing, if it was you. Check that the venue has paid the same.",
        "host journal list"),
    (NoticeCode::SettingsChanged,
        "Nothing, if you have changed them. Otherwise compare host.toml with your copy.",
        "host config show"),
    (NoticeCode::CapitalShort,
        "The host trades with what the account has. Pay in, or lower capital.target.",
        "host stage show"),
    (NoticeCode::DashboardNotServed,
        "Trading goes on without it. The reason is named: mostly another program has the port, or a certificate \
         cannot be read. Correct the section [dashboard], and start the host again when it suits you.",
        STATUS),
];

/// Returns the advice about notices of `code`; none, if people are never told of it.
pub fn advice(code: NoticeCode) -> Option<Advice> {
    let (_, text, command) = ADVICE.iter().find(|(about, ..)| *about == code)?;
    Some(Advice { text, command })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use host_live::notice::Severity;

    use super::*;

    const RUNBOOK: &str = include_str!("../../../docs/RUNBOOK.md");
    const RULES: &str = include_str!("../../../docs/monitoring/prometheus-rules.yml");
    /// The parts of each passage, in this order.
    const PARTS: [&str; 4] = ["**Meaning.** ", "**Done already.** ", "**To do.**", "**Over when** "];

    /// The passages below the heading `part` of the runbook, by their own headings.
    fn passages(part: &str) -> BTreeMap<&'static str, &'static str> {
        let (_, rest) = RUNBOOK.split_once(&format!("\n## {part}\n")).unwrap_or_else(|| panic!("no part {part}"));
        let rest = rest.split("\n## ").next().unwrap_or_default();
        rest.split("\n### ").skip(1).filter_map(|passage| passage.split_once('\n')).collect()
    }

    #[track_caller]
    fn check_parts(heading: &str, passage: &str) {
        let places: Vec<_> = PARTS.iter().map(|part| passage.find(part)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{heading} lacks a part:\n{passage}");
    }

    #[test]
    fn there_is_advice_for_every_code_that_people_are_told_of() {
        for code in NoticeCode::ALL {
            let told_of = code.severities().iter().any(|severity| *severity > Severity::Info);
            assert_eq!(advice(*code).is_some(), told_of, "{code}");
        }
    }

    #[test]
    fn the_runbook_has_a_passage_for_each_code_that_people_are_told_of_and_for_no_other() {
        let passages = passages("Alerts of the host");
        let told_of = NoticeCode::ALL.iter().filter_map(|code| Some((format!("`{code}`"), advice(*code)?)));
        let told_of: BTreeMap<String, Advice> = told_of.collect();
        let headings: Vec<&str> = passages.keys().copied().collect();
        assert_eq!(headings, told_of.keys().map(String::as_str).collect::<Vec<_>>());
        for (heading, passage) in passages {
            check_parts(heading, passage);
            let command = format!("\n    {}\n", told_of[heading].command);
            assert!(passage.contains(&command), "{heading} does not begin with the command that alerts name:{command}");
        }
    }

    #[test]
    fn the_runbook_has_a_passage_for_each_rule_of_prometheus_and_each_rule_names_it() {
        let names = RULES.split("- alert: ").skip(1).filter_map(|rule| rule.lines().next());
        let mut expect: Vec<&str> = names.collect();
        expect.sort_unstable();
        let passages = passages("Alerts of Prometheus");
        assert_eq!(passages.keys().copied().collect::<Vec<_>>(), expect);
        passages.iter().for_each(|(heading, passage)| check_parts(heading, passage));
        for name in expect {
            let link = format!("runbook: \"host/docs/RUNBOOK.md#{}\"", name.to_lowercase());
            assert_eq!(RULES.matches(&link).count(), 1, "{link}");
        }
    }

    #[test]
    fn every_link_within_the_runbook_leads_somewhere() {
        let anchor = |heading: &str| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        };
        let headings = RUNBOOK.lines().filter_map(|line| line.strip_prefix("## ").or(line.strip_prefix("### ")));
        let anchors: Vec<String> = headings.map(anchor).collect();
        for link in RUNBOOK.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(anchors.iter().any(|anchor| anchor == link), "#{link}");
        }
    }
}
