//! The codes of notices. The table of codes in `host/docs/monitoring.md` is generated from this enum.

use std::fmt;
use std::fmt::Write as _;

use serde::Serialize;

use crate::severity::Severity::{self, Alert, Info, Warning};

/// Declares the enum, its codes, the severities of their notices and their meanings in one place.
macro_rules! codes {
    ($($variant:ident $code:literal $($severity:ident)|+: $($doc:literal)+;)*) => {
        /// The subject of a notice, for programs: texts may change, codes do not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(into = "&'static str")]
        pub enum NoticeCode {
            $(#[doc = concat!($($doc),+)] $variant,)*
        }

        impl NoticeCode {
            /// All codes, in the order in which a host may come to tell of them.
            pub const ALL: &[NoticeCode] = &[$(NoticeCode::$variant,)*];

            /// Returns the code as it stands in logs, metrics and the journal.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(NoticeCode::$variant => $code,)*
                }
            }

            /// Returns the severities that notices with this code have, the least one first.
            pub const fn severities(self) -> &'static [Severity] {
                match self {
                    $(NoticeCode::$variant => &[$($severity),+],)*
                }
            }

            /// Returns the code's meaning, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(NoticeCode::$variant => concat!($($doc),+),)*
                }
            }
        }
    };
}

codes! {
    Started "started" Info: "The host trades.";
    Stopping "stopping" Info:
        "The host ends: it cancels its open orders, or keeps them if `live.orders_at_stop` says so.";
    Stopped "stopped" Info: "The host has ended in order.";
    EmergencyStop "emergency_stop" Alert:
        "The host cannot write its files and has stopped; orders were cancelled as far as possible.";
    OrdersRemain "orders_remain" Alert: "The host has ended, and orders are left open at the venue, or unknown.";
    OrdersRestored "orders_restored" Info: "Orders of the last session are looked up at the venue.";
    KeyChanged "key_changed" Warning: "The account is traded with another API key than before.";
    JournalUpgraded "journal_upgraded" Warning: "The journal of a former version was brought to the present one.";
    RecordingDamaged "recording_damaged" Warning | Alert: "Recorded polls were damaged, or cut off by a crash.";
    RecordingWaits "recording_waits" Alert:
        "A day that has ended cannot be moved into the tape; nothing is lost, and it is tried again.";
    ArchiveWaits "archive_waits" Warning:
        "Old parts of the journal cannot be archived; they stay in the journal, and it is tried again.";
    DiskLow "disk_low" Warning: "The disk will be full before long.";
    DiskCritical "disk_critical" Alert: "The disk is almost full; a host that cannot write stops.";
    OrderPlaced "order_placed" Info: "An order passed all checks and is sent.";
    OrderFilled "order_filled" Info: "An order was filled, in part or whole.";
    OrderEnded "order_ended" Info: "An order was filled, cancelled or rejected, or has expired.";
    OrderUnknown "order_unknown" Alert: "The outcome of an order is not known; it is looked up at the venue.";
    TradeClosed "trade_closed" Info: "A position was closed, with this profit or loss.";
    Trading "trading" Info | Warning | Alert:
        "Trading goes on (info), or only orders that reduce a position leave (warning; an alert if a limit was "
        "reached), or none at all (alert).";
    Schedule "schedule" Info: "Another entry of the schedule is in force, or the usual limits are again.";
    ExitBlocked "exit_blocked" Alert: "A position that is to be closed cannot be, for now.";
    ExitFreed "exit_freed" Info: "It can be closed again, or is closed.";
    WarmingUp "warming_up" Info:
        "The time from which a slot trades: at once, or when its strategy has the history that it asks for.";
    SlotTrading "slot_trading" Info | Alert:
        "A slot's entries are stopped by its own limits (alert), or go on (info); other slots trade.";
    StrategyFault "strategy_fault" Alert: "A strategy failed again and is quarantined: it decides no more.";
    StrategyRestarted "strategy_restarted" Warning:
        "A strategy failed and was made again: a fresh instance decided on the same poll.";
    StrategySwapped "strategy_swapped" Info | Warning | Alert:
        "Another version of a strategy took over its slot; an alert if the one before came back after a fault.";
    SwapPlanned "swap_planned" Info: "A swap is planned, or called off.";
    SwapRefused "swap_refused" Alert: "A version could not take over; the one before goes on.";
    Shadow "shadow" Info | Warning | Alert: "A version decides in the shadow of the one in its slot, or how it did.";
    LinesEnded "lines_ended" Warning: "The lines that a strategy draws over prices end; it trades on.";
    SlotVacant "slot_vacant" Warning: "A slot holds positions, and its strategy was not loaded.";
    StrategyResumed "strategy_resumed" Info: "A strategy goes on from the state that it saved.";
    StrategyNotResumed "strategy_not_resumed" Warning: "A strategy's state could not be saved, or not be restored.";
    PositionsUnknown "positions_unknown" Alert:
        "A strategy was warmed up without coming to hold what its slot holds.";
    VenueDown "venue_down" Warning | Alert: "The venue does not answer.";
    VenueUp "venue_up" Info: "The venue answers again.";
    VenuePaused "venue_paused" Warning: "The venue says that it takes no orders: none leaves until it does.";
    VenueResumed "venue_resumed" Info | Warning:
        "The venue takes orders again (info), or was not heard for too long to know (warning): orders leave again.";
    VenueAnnouncement "venue_announcement" Info: "The venue announces something.";
    ReadsRepeated "reads_repeated" Warning: "Reads of the venue succeeded only when they were repeated.";
    MarketDelisted "market_delisted" Alert:
        "The venue does not list a market any more in which something is held.";
    MarketRelisted "market_relisted" Info: "It lists the market again.";
    StreamDown "stream_down" Warning: "The venue's stream is down; polls go on.";
    PollsMissing "polls_missing" Alert: "No poll is shown to strategies.";
    TradesMissing "trades_missing" Alert:
        "The venue's trades do not come although its quotes go on, or cannot be read; trading goes on.";
    TradesBack "trades_back" Info: "They come again.";
    PollsBack "polls_back" Info: "Polls are shown again.";
    Throttled "throttled" Warning: "The venue takes no more requests for now.";
    RowUnreadable "row_unreadable" Alert: "A row of the account at the venue cannot be read.";
    ClockSkew "clock_skew" Alert: "This machine's clock and the venue's have parted.";
    ClockAgrees "clock_agrees" Info: "The clocks agree again.";
    MarketPaid "market_paid" Info: "A market has paid.";
    PayoutUnreadable "payout_unreadable" Alert: "A market has paid in a way that cannot be booked.";
    ForeignFill "foreign_fill" Alert: "A fill belongs to no open order of the host.";
    BooksDiffer "books_differ" Alert: "The host's books and the venue's differ: no entry leaves until they agree.";
    BooksAgree "books_agree" Info: "The books agree again.";
    DifferencesAccepted "differences_accepted" Info: "An operator accepted the differences as they are.";
    TooManyMarkets "too_many_markets" Alert: "More markets have come than a strategy's memory holds.";
    CashMoved "cash_moved" Info | Warning: "Money came to the account or left it, while all positions agree.";
    MarketSettled "market_settled" Info | Alert: "An operator closed a market in the books.";
    SettingsChanged "settings_changed" Warning:
        "The poll interval, the stage or a component is not that of the last run, or settings were reloaded.";
    CapitalShort "capital_short" Warning: "The account has less than the capital that was configured.";
    CapitalChanged "capital_changed" Info: "The capital at work has changed, since the account or the settings have.";
    DashboardServed "dashboard_served" Info: "The dashboard is served.";
    DashboardNotServed "dashboard_not_served" Warning: "The dashboard cannot be served; trading goes on.";
}

impl NoticeCode {
    /// Returns true for notices of records, which the journal holds anyway.
    pub const fn is_of_record(self) -> bool {
        matches!(
            self,
            NoticeCode::OrderPlaced
                | NoticeCode::OrderFilled
                | NoticeCode::OrderEnded
                | NoticeCode::TradeClosed
                | NoticeCode::Trading
                | NoticeCode::ExitBlocked
                | NoticeCode::ExitFreed
                | NoticeCode::SlotTrading
                | NoticeCode::StrategyFault
                | NoticeCode::StrategyRestarted
        )
    }

    /// Returns the table of all codes for the documentation, as Markdown.
    pub fn table() -> String {
        let mut table = String::from("| code | severity | meaning |\n|---|---|---|\n");
        for code in NoticeCode::ALL {
            let severities: Vec<&str> = code.severities().iter().map(|severity| severity.as_str()).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(table, "| `{code}` | {} | {} |", severities.join(", "), code.meaning());
        }
        table
    }
}

impl fmt::Display for NoticeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<NoticeCode> for &'static str {
    fn from(code: NoticeCode) -> &'static str {
        code.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_table_is_generated_from_the_codes() {
        let documented = include_str!("../../docs/monitoring.md");
        assert!(documented.contains(&NoticeCode::table()), "put this into monitoring.md:\n{}", NoticeCode::table());
    }

    #[test]
    fn codes_are_distinct_snake_case_and_explained() {
        for code in NoticeCode::ALL {
            let snake: String = format!("{code:?}")
                .chars()
                .flat_map(|c| c.is_uppercase().then_some('_').into_iter().chain(c.to_lowercase()))
                .collect();
            assert_eq!(code.as_str(), snake.trim_start_matches('_'));
            assert!(code.meaning().ends_with('.'), "{code}");
            assert!(code.severities().is_sorted(), "{code}");
        }
    }
}
