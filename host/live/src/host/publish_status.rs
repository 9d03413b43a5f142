//! The loop's own account of itself, published for whoever asks, and its care for its files.

use host_core::engine::Quarantine;
use host_core::{SlotId, Span, Timestamp};

use super::LiveHost;
use crate::control::engine_lines::{limit_lines, order_line, position_lines, slot_line};
use crate::control::status::{Ago, OrderLine, Reconciliation, SlotLine, Status};
use crate::disk_use::Level;
use crate::error::Result;
use crate::notice::{Notice, NoticeCode, Severity};
use crate::orders::TrackedOrder;
use crate::shadow::Shadow;

impl LiveHost {
    /// Does a few milliseconds of work that nothing waits for: polls that are on disk twice, old parts of the journal,
    /// a look at the disk.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub(super) fn tidy_up(&mut self, now: Timestamp) -> Result<()> {
        self.journal.keep_notices()?;
        self.keep_lines(now)?;
        self.swaps.take_faults().map_or(Ok(()), |faults| self.journal.keep_faults(faults))?;
        self.journal.refer_polls()?;
        self.journal.keep_recent(now)?;
        if let Some(problem) = self.journal.take_archive_problem() {
            let text = format!("old parts of the journal stay in it, and are tried again tomorrow: {problem}");
            self.notices.warn(now, NoticeCode::ArchiveWaits, text);
        }
        self.look_at_disk(now);
        Ok(())
    }

    /// Keeps what strategies drew, and tells once of those that draw no more.
    fn keep_lines(&mut self, now: Timestamp) -> Result<()> {
        let held = self.engine.portfolio().positions().map(|(market, _, _)| market);
        let news = self.lines.take(&self.swaps.seats, held);
        for (slot, why) in news.ended {
            let text = format!("the lines of {} end, it trades on: {why}", self.engine.slot_name(slot));
            let notice = Notice::new(Severity::Warning, now, NoticeCode::LinesEnded, text);
            self.notices.publish(notice.of_strategy(slot));
        }
        self.journal.keep_lines(&news.samples, now)
    }

    /// Looks at the disk now and then, and tells people before it is full.
    fn look_at_disk(&mut self, now: Timestamp) {
        let Some((level, found)) = self.disk.look(now) else { return };
        let free = found.free_bytes as f64 / 1e9;
        let left = found.days_left().map_or(String::new(), |days| format!(", enough for {days:.1} days"));
        let text = format!("{free:.1} GB of disk are free{left}: a host that cannot write stops; free some space");
        match level {
            Level::Critical => self.notices.alert(now, NoticeCode::DiskCritical, text),
            Level::Low | Level::Enough => self.notices.warn(now, NoticeCode::DiskLow, text),
        }
    }

    /// Says from when each slot trades, or that it is quarantined still.
    pub(super) fn tell_waits(&self) {
        let now = self.now();
        for (slot, name) in (0..).map(SlotId).zip(self.engine.slot_names()) {
            let Some(manifest) = self.engine.manifest(slot) else { continue };
            let notice = match self.engine.quarantine_of(slot) {
                Some(quarantine) => still_quarantined(name, quarantine, now),
                None => trades_from(name, self.engine.trades_from(slot), manifest.warm_up, now),
            };
            self.notices.publish(notice.of_strategy(slot));
        }
    }

    fn slot_lines(&self) -> Vec<SlotLine> {
        let slots = (0..).map(SlotId).zip(self.engine.slot_names());
        slots.filter(|(_, name)| !name.is_empty()).map(|(slot, _)| self.slot_line(slot)).collect()
    }

    fn slot_line(&self, slot: SlotId) -> SlotLine {
        let coming = self.swaps.waiting().find(|candidate| candidate.slot.number == slot);
        let coming = coming.map(|candidate| match candidate.order.at {
            Some(at) => format!("{} at {at}", candidate.name()),
            None => format!("{} now", candidate.name()),
        });
        let shadow = self.shadows.of_slot(slot).map(Shadow::line);
        let line = slot_line(&self.engine, slot, self.now());
        if self.engine.strategy(slot).is_none() {
            return SlotLine { coming, shadow, ..line };
        }
        SlotLine {
            signer: self.swaps.seats.in_slot(slot).map(|seat| seat.signer.to_string()).unwrap_or_default(),
            state: self.states.schema(slot).map(str::to_owned),
            faults: self.swaps.faults(slot),
            coming,
            shadow,
            ..line
        }
    }

    fn order_lines(&self, now: Timestamp) -> Vec<OrderLine> {
        let line = |tracked: &TrackedOrder| OrderLine {
            ticker: tracked.ticker.clone(),
            ..order_line(&self.engine, (&tracked.order, tracked.filled), tracked.stage(), now)
        };
        self.orders.iter().map(line).collect()
    }

    /// Publishes the status as it is now.
    pub(super) fn publish_status(&self) {
        // Ages are measured by the clock that the times were taken from.
        let now = self.requests.now();
        let engine = &self.engine;
        let portfolio = engine.portfolio();
        let ago = |time: Timestamp| Ago { time: time.to_string(), age_seconds: (now - time).as_seconds() };
        let blocked = engine.blocked_exits().map(|exit| exit.describe(self.feed.markets().ticker(exit.market)));
        self.status.publish(Status {
            time: now.to_string(),
            state: engine.risk().state(),
            reasons: engine.risk().reasons(),
            stage_percent: self.stage_percent,
            capital_target: self.stages.target.as_dollars(),
            poll_seconds: self.timers.poll_interval().as_seconds(),
            max_quote_age_seconds: engine.risk().limits().max_quote_age_seconds.as_seconds(),
            equity: portfolio.equity().as_dollars(),
            day_profit: engine.risk().day_change().as_dollars(),
            positions: position_lines(engine, |market| self.feed.markets().closes(market)),
            limits: limit_lines(engine),
            today: self.day.today(now),
            blocked_exits: blocked.collect(),
            orders: self.order_lines(now),
            unknown_orders: self.orders.unknown(),
            last_poll: self
                .feed
                .last_poll_and_age(now)
                .map(|(time, age)| Ago { time: time.to_string(), age_seconds: age.as_seconds() }),
            venue_link: self.link.state(),
            breaker: self.requests.breaker(),
            venue_says: self.venue_says(now),
            next_change: self.next_change(now),
            reconciliation: self.reconciler.last().map(|(time, differences)| Reconciliation {
                at: ago(*time),
                mismatches: differences.iter().map(ToString::to_string).collect(),
            }),
            disk: self.disk.last(),
            slots: self.slot_lines(),
            counts: self.counts,
            refusals: self.refusals.by_code(),
            notices: self.notices.counts(),
        });
    }
}

/// Tells that a former session has quarantined the slot `name`.
fn still_quarantined(name: &str, Quarantine { since, reason }: &Quarantine, now: Timestamp) -> Notice {
    let text = format!(
        "slot {name} is quarantined since {since} and decides nothing: {reason}; `host resume --slot {name}` or \
         another version ends it"
    );
    Notice::new(Severity::Alert, now, NoticeCode::StrategyFault, text)
}

/// Tells that the slot `name` trades `from` then on, with a strategy that asks for `warm_up`.
fn trades_from(name: &str, from: Timestamp, warm_up: Span, now: Timestamp) -> Notice {
    let text = match from > now {
        true => format!("slot {name} trades from {from}, when it has the {warm_up} of history that it asks for"),
        false => format!("slot {name} trades from now on"),
    };
    Notice::new(Severity::Info, now, NoticeCode::WarmingUp, text)
}
