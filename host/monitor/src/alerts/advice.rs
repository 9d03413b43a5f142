//! The advice about each notice that people are told of. The runbook in `host/docs/monitoring.md` has a passage for
//! each, made from this.

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
    use std::fmt::Write as _;

    use host_live::notice::Severity;

    use super::*;

    const RUNBOOK: &str = include_str!("../../../docs/monitoring.md");

    /// The runbook's passage about `code`. Its heading is the anchor that alerts name.
    fn passage(code: NoticeCode) -> Option<String> {
        let Advice { text, command } = advice(code)?;
        let mut passage = format!("### `{code}`\n\n");
        let mut width = 0;
        for word in text.split(' ') {
            let gap = if width == 0 {
                ""
            } else if width + 1 + word.len() > 118 {
                "\n"
            } else {
                " "
            };
            width = if gap == "\n" { 0 } else { width + gap.len() } + word.len();
            write!(passage, "{gap}{word}").unwrap();
        }
        write!(passage, "\n\n    {command}\n").unwrap();
        Some(passage)
    }

    #[test]
    fn there_is_advice_for_every_code_that_people_are_told_of() {
        for code in NoticeCode::ALL {
            let told_of = code.severities().iter().any(|severity| *severity > Severity::Info);
            assert_eq!(advice(*code).is_some(), told_of, "{code}");
        }
    }

    /// To change the runbook, change the advice, and copy what this test prints.
    #[test]
    fn the_runbook_has_a_passage_for_each_piece_of_advice() {
        let expect: Vec<String> = NoticeCode::ALL.iter().filter_map(|code| passage(*code)).collect();
        let expect = expect.join("\n");
        assert!(RUNBOOK.contains(&expect), "host/docs/monitoring.md lacks these passages:\n{expect}");
    }
}
