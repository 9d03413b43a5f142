//! The status of a live host as metrics, and the answers to the probes of a supervisor.

mod exposition;

use exposition::MetricKind::{Counter, Gauge};
use exposition::{Exposition, Labels};
use host_core::TradingState;
use host_live::control::status::{SlotLine, Status, StatusView};

/// Age of a status at which the loop counts as hung, in seconds. It publishes one many times a second, but may hold for
/// a swap or a full disk.
const HUNG_SECONDS: f64 = 30.0;

/// Returns the metrics in the text format of Prometheus.
///
/// Names follow its conventions: units last, counters end in `_total`. Each sample carries account and venue.
pub fn render(view: &StatusView) -> String {
    let identity = &view.identity;
    let mut page = Exposition::new(vec![("account", identity.account.as_str()), ("venue", identity.venue.as_str())]);
    let version = vec![("version", identity.version.as_str())];
    page.add("host_build_info", Gauge, "The version of the host; always 1.", [(version, 1.0)]);
    page.add_one("host_uptime_seconds", Gauge, "Time since the host was started.", view.uptime_seconds);
    page.add_one("host_killed", Gauge, "1 while the kill switch is engaged.", flag(view.killed.is_some()));
    if let Some(status) = &view.status {
        let age = view.status_age_seconds;
        page.add_one("host_status_age_seconds", Gauge, "Time since the loop last turned.", age);
        money_and_orders(&mut page, status);
        venue(&mut page, status, age);
        disk(&mut page, status);
        slots(&mut page, &status.slots);
        counts(&mut page, status);
    }
    page.into_text()
}

/// Says if the loop turns.
///
/// # Errors
/// It does not; the reason is for people.
pub fn is_healthy(view: &StatusView) -> Result<(), String> {
    match view.status {
        None => Err("the loop has not begun".to_owned()),
        Some(_) if view.status_age_seconds > HUNG_SECONDS => {
            Err(format!("the loop has not turned for {:.0} s", view.status_age_seconds))
        }
        Some(_) => Ok(()),
    }
}

/// Says if the host may trade: the loop turns, the kill switch is not engaged, and the books were compared and agree.
///
/// # Errors
/// It may not; the reason is for people.
pub fn is_ready(view: &StatusView) -> Result<(), String> {
    is_healthy(view)?;
    if let Some(killed) = &view.killed {
        return Err(format!("killed by {} at {}: {}", killed.by, killed.time, killed.reason));
    }
    match view.status.as_ref().and_then(|status| status.reconciliation.as_ref()) {
        None => Err("the books have not been compared with the venue's".to_owned()),
        Some(compared) if !compared.mismatches.is_empty() => {
            Err(format!("the books differ from the venue's: {}", compared.mismatches.join("; ")))
        }
        Some(_) => Ok(()),
    }
}

fn flag(is_set: bool) -> f64 {
    f64::from(u8::from(is_set))
}

fn money_and_orders(page: &mut Exposition<'_>, status: &Status) {
    let states = [("active", TradingState::Active), ("reduce", TradingState::Reduce), ("halted", TradingState::Halted)];
    let states = states.map(|(name, state)| (vec![("state", name)], flag(status.state == state)));
    page.add("host_trading_state", Gauge, "1 for the state in which trading is.", states);
    page.add_one("host_equity_dollars", Gauge, "Cash and positions at the mark.", status.equity);
    let help = "Change of equity since the end of the day before (UTC).";
    page.add_one("host_day_profit_dollars", Gauge, help, status.day_profit);
    page.add_one("host_open_positions", Gauge, "Open positions.", status.positions.len() as f64);
    let of = |slot, ticker| -> Labels<'_> { vec![("slot", slot), ("market", ticker)] };
    let contracts = status.positions.iter().map(|line| (of(&line.slot, &line.ticker), line.contracts));
    page.add("host_position_contracts", Gauge, "Contracts of YES held; negative: of NO.", contracts);
    let profits = status.positions.iter().filter_map(|line| Some((of(&line.slot, &line.ticker), line.unrealised?)));
    page.add("host_position_profit_dollars", Gauge, "Profit of a position at the mark.", profits);
    let help = "Positions that are to be closed and cannot be.";
    page.add_one("host_blocked_exits", Gauge, help, status.blocked_exits.len() as f64);
    page.add_one("host_open_orders", Gauge, "Orders that work, or may work.", status.orders.len() as f64);
    let help = "Orders whose outcome is not known.";
    page.add_one("host_unknown_orders", Gauge, help, status.unknown_orders as f64);
}

/// `age` is that of the status: what it says has grown older since.
fn venue(page: &mut Exposition<'_>, status: &Status, age: f64) {
    let poll = status.last_poll.as_ref().map(|ago| ago.age_seconds + age);
    page.add_one("host_last_poll_age_seconds", Gauge, "Time since the last poll of the market data.", poll);
    page.add_one("host_venue_up", Gauge, "1 while the venue answers.", flag(status.venue_link == "up"));
    let help = "1 while the circuit breaker holds requests back.";
    page.add_one("host_breaker_open", Gauge, help, flag(status.breaker != "closed"));
    let compared = status.reconciliation.as_ref();
    let since = compared.map(|compared| compared.at.age_seconds + age);
    let help = "Time since the books were last compared with the venue's.";
    page.add_one("host_reconciliation_age_seconds", Gauge, help, since);
    let mismatches = compared.map(|compared| compared.mismatches.len() as f64);
    let help = "Differences that the last comparison found.";
    page.add_one("host_reconciliation_mismatches", Gauge, help, mismatches);
}

fn disk(page: &mut Exposition<'_>, status: &Status) {
    let Some(disk) = &status.disk else { return };
    page.add_one("host_disk_free_bytes", Gauge, "Space that is left on the account's disk.", disk.free_bytes as f64);
    let parts = [("journal", disk.journal_bytes), ("recording", disk.recording_bytes), ("archive", disk.archive_bytes)];
    let parts = parts.map(|(part, bytes)| (vec![("part", part)], bytes as f64));
    page.add("host_disk_used_bytes", Gauge, "Space that the account's files take.", parts);
    let left = disk.days_left().map(|days| days * 86_400.0);
    page.add_one("host_disk_left_seconds", Gauge, "Time for which the free space lasts at the present growth.", left);
}

fn slots(page: &mut Exposition<'_>, slots: &[SlotLine]) {
    let of_slots = |value: fn(&SlotLine) -> f64| {
        slots.iter().map(move |line| (vec![("slot", line.slot.as_str())], value(line))).collect::<Vec<_>>()
    };
    let info = slots.iter().map(|line| {
        let labels = vec![
            ("slot", line.slot.as_str()),
            ("strategy", line.strategy.as_str()),
            ("version", line.version.as_str()),
        ];
        (labels, 1.0)
    });
    page.add("host_slot_info", Gauge, "The strategy in a slot; always 1.", info);
    let help = "1 while the strategy in a slot decides, also while it warms up or its own limits stop its entries.";
    page.add(
        "host_slot_trading",
        Gauge,
        help,
        of_slots(|line| flag(!matches!(line.standing.as_str(), "quarantined" | "vacant"))),
    );
    let help = "1 while the strategy in a slot is quarantined.";
    page.add("host_slot_quarantined", Gauge, help, of_slots(|line| flag(line.standing == "quarantined")));
    let limits = slots.iter().flat_map(|line| {
        let labels = |code| vec![("slot", line.slot.as_str()), ("limit", code)];
        line.limits.iter().map(move |limit| (labels(limit.code.as_str()), limit.share()))
    });
    page.add("host_slot_limit_used_ratio", Gauge, "Part of a slot's own limit that is in use.", limits);
    let help = "Quote rows that the strategy was shown since it was started.";
    page.add("host_slot_rows_total", Counter, help, of_slots(|line| line.rows as f64));
    let help = "Fuel that the strategy used for them: about one unit per instruction.";
    page.add("host_slot_fuel_total", Counter, help, of_slots(|line| line.fuel as f64));
    let help = "Memory that the strategy holds.";
    page.add("host_slot_memory_bytes", Gauge, help, of_slots(|line| line.memory_bytes as f64));
    let help = "Faults of strategies in a slot.";
    page.add("host_slot_faults_total", Counter, help, of_slots(|line| line.faults.into()));
}

fn counts(page: &mut Exposition<'_>, status: &Status) {
    let counts = status.counts;
    page.add_one("host_orders_total", Counter, "Orders that left the engine.", counts.orders as f64);
    page.add_one("host_fills_total", Counter, "Fills.", counts.fills as f64);
    page.add_one("host_trades_total", Counter, "Round trips that were closed.", counts.trades as f64);
    let refusals = status.refusals.iter().map(|(code, count)| (vec![("code", code.as_str())], *count as f64));
    page.add("host_refusals_total", Counter, "Signals that a check refused, by the code of the check.", refusals);
    let notices = status
        .notices
        .iter()
        .map(|one| (vec![("code", one.code.as_str()), ("severity", one.severity.as_str())], one.count as f64));
    page.add("host_notices_total", Counter, "Notices, by code and severity.", notices);
}

#[cfg(test)]
mod tests;
