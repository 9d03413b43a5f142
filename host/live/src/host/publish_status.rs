//! The loop's own account of itself, published for whoever asks, and its care for its files.

use host_core::engine::Quarantine;
use host_core::strategy::StrategyVersion;
use host_core::{Intent, SlotId, TimeInForce, Timestamp};

use super::LiveHost;
use super::limit_lines::{limit_lines, slot_limit_lines};
use crate::control::status::{Ago, OrderLine, PositionLine, Reconciliation, SlotLine, Status};
use crate::disk_use::Level;
use crate::error::Result;
use crate::notice::{Notice, NoticeCode, Severity};
use crate::shadow::Shadow;

impl LiveHost {
    /// Does a few milliseconds of work that nothing waits for: polls that are on disk twice, old parts of the journal,
    /// a look at the disk.
    ///
    /// # Errors
    /// The store cannot be read or written.
    pub(super) fn tidy_up(&mut self, now: Timestamp) -> Result<()> {
        self.journal.keep_notices()?;
        self.journal.refer_polls()?;
        self.journal.keep_recent(now)?;
        if let Some(problem) = self.journal.take_archive_problem() {
            let text = format!("old parts of the journal stay in it, and are tried again tomorrow: {problem}");
            self.notices.warn(now, NoticeCode::ArchiveWaits, text);
        }
        self.look_at_disk(now);
        Ok(())
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

    /// Says from when each slot trades.
    pub(crate) fn tell_waits(&self) {
        let now = self.now();
        for (slot, name) in (0..).map(SlotId).zip(self.engine.slot_names()) {
            let Some(manifest) = self.engine.manifest(slot) else { continue };
            let from = self.engine.trades_from(slot);
            let text = match from > now {
                true => format!(
                    "slot {name} trades from {from}, when it has the {} of history that it asks for",
                    manifest.warm_up
                ),
                false => format!("slot {name} trades from now on"),
            };
            self.notices.publish(Notice::new(Severity::Info, now, NoticeCode::WarmingUp, text).of_strategy(slot));
        }
    }

    fn slot_lines(&self) -> Vec<SlotLine> {
        let slots = (0..).map(SlotId).zip(self.engine.slot_names());
        slots.filter(|(_, name)| !name.is_empty()).map(|(slot, name)| self.slot_line(slot, name)).collect()
    }

    fn slot_line(&self, slot: SlotId, name: &str) -> SlotLine {
        let coming = self.swaps.waiting().find(|candidate| candidate.slot.number == slot);
        let coming = coming.map(|candidate| match candidate.order.at {
            Some(at) => format!("{} at {at}", candidate.name()),
            None => format!("{} now", candidate.name()),
        });
        let shadow = self.shadows.of_slot(slot).map(Shadow::line);
        let (slot_name, standing) = (name.to_owned(), "vacant".to_owned());
        let limits = slot_limit_lines(&self.engine, slot);
        let vacant = SlotLine { slot: slot_name, standing, limits, coming, shadow, ..SlotLine::default() };
        let Some(strategy) = self.engine.strategy(slot) else { return vacant };
        let StrategyVersion { name, version, sha256 } = StrategyVersion::of(strategy);
        let usage = strategy.usage();
        let mut reasons = self.engine.risk().slot_reasons(slot);
        let trades_from = Some(self.engine.trades_from(slot)).filter(|from| *from > self.now());
        let standing = match self.engine.quarantine_of(slot) {
            Some(Quarantine { since, reason }) => {
                reasons.insert(0, format!("quarantined since {since}: {reason}"));
                "quarantined"
            }
            None if !reasons.is_empty() => "stopped",
            None if trades_from.is_some() => "warming up",
            None => "trading",
        };
        SlotLine {
            strategy: name,
            version,
            sha256,
            signer: self.swaps.seats.in_slot(slot).map(|seat| seat.signer.to_string()).unwrap_or_default(),
            standing: standing.to_owned(),
            reasons,
            trades_from: trades_from.map(|from| from.to_string()),
            state: self.states.schema(slot).map(str::to_owned),
            rows: usage.rows,
            fuel: usage.fuel,
            memory_bytes: usage.memory_bytes as u64,
            faults: self.swaps.faults(slot),
            former: self.engine.former(slot).map(|(version, until)| format!("{version} until {until}")),
            ..vacant
        }
    }

    fn position_lines(&self) -> Vec<PositionLine> {
        let engine = &self.engine;
        let lines = engine.portfolio().positions().map(|(market, slot, position)| PositionLine {
            slot: engine.slot_name(slot).to_owned(),
            ticker: self.feed.markets().ticker(market).to_owned(),
            title: self.feed.markets().title(market).to_owned(),
            closes: self.feed.markets().closes(market).map(|time| time.to_string()),
            at_risk: engine.risk().at_risk(slot, market).as_dollars(),
            contracts: position.qty.as_contracts(),
            cost: position.cost.as_dollars(),
            unrealised: Some(position.unrealised().as_dollars()),
            mark: f64::from(position.mark_doubled) / 20_000.0,
            mark_basis: engine.mark_basis(market).to_string(),
        });
        lines.collect()
    }

    fn order_lines(&self, now: Timestamp) -> Vec<OrderLine> {
        let engine = &self.engine;
        let lines = self.orders.iter().map(|tracked| OrderLine {
            slot: engine.slot_name(tracked.order.slot).to_owned(),
            order: tracked.order.id.0,
            ticker: tracked.ticker.clone(),
            title: self.feed.markets().title(tracked.order.market).to_owned(),
            age_seconds: (now - tracked.order.created).as_seconds(),
            left_seconds: match tracked.order.time_in_force {
                TimeInForce::GoodTill(time) => Some((time - now).as_seconds()),
                TimeInForce::ImmediateOrCancel => None,
            },
            is_exit: tracked.order.intent == Intent::Exit,
            side: tracked.order.side.to_string(),
            price: tracked.order.price.dollars(),
            contracts: tracked.order.qty.as_contracts(),
            filled: tracked.filled.as_contracts(),
            standing: tracked.stage().to_owned(),
        });
        lines.collect()
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
            positions: self.position_lines(),
            limits: limit_lines(engine, self.feed.markets()),
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
