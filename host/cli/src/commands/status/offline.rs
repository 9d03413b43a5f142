//! The status of an account that no host is trading: its kill switch, and its store as the last host left it.

use host_core::engine::EngineSnapshot;
use host_core::{OrderState, Timestamp, Usd};
use host_live::account_dir::AccountDir;
use host_live::control::kill_switch::Killed;
use host_live::control::status::PositionLine;
use host_live::control::{KillSwitch, ResumeNote};
use host_live::disk_use::DiskUse;
use host_store::live::{AccountSummary, account_summary};
use serde_json::{Value, json};

use super::table;
use crate::terminal::error::{Report, Result};
use crate::terminal::mode_mark::LiveMark;
use crate::terminal::output::Rows;
use crate::terminal::text::Text;

/// Everything that is known without a running host.
#[derive(Debug)]
pub struct OfflineStatus {
    killed: Option<Killed>,
    resumed: Option<ResumeNote>,
    /// `None` if no host has created one yet.
    store: Option<AccountSummary>,
    /// `None` if it cannot be measured.
    disk: Option<DiskUse>,
}

impl OfflineStatus {
    /// Reads `folder` without changing it.
    ///
    /// # Errors
    /// The store is damaged or locked.
    pub fn read(folder: &AccountDir) -> Result<OfflineStatus> {
        let failed = |error| {
            let report = Report::user(format!("cannot read {}", folder.journal().display())).because_of(&error);
            report.hint("`host kill` works without it, at the venue directly")
        };
        let store = folder.journal().exists().then(|| account_summary(folder.path())).transpose().map_err(failed)?;
        Ok(OfflineStatus {
            killed: KillSwitch::load(folder).killed(),
            resumed: ResumeNote::pending(folder),
            store,
            disk: DiskUse::of(folder).ok(),
        })
    }

    pub fn json(&self) -> Value {
        let store = self.store.as_ref().map(|store| {
            let order = |order: &host_store::live::OpenOrder| {
                json!({
                    "order": order.order.0,
                    "ticker": order.ticker,
                    "state": order.state.as_str(),
                    "contracts": order.left.as_contracts(),
                })
            };
            let position = |position: &host_store::live::PositionRow| {
                json!({
                    "ticker": position.ticker,
                    "contracts": position.qty.as_contracts(),
                    "cost": position.cost.as_dollars(),
                })
            };
            json!({
                "engine_version": store.engine_version,
                "started": store.session.map(|(started, _)| started.to_string()),
                "ended": store.session.and_then(|(_, ended)| ended).map(|ended| ended.to_string()),
                "orders": store.open_orders.iter().map(order).collect::<Vec<_>>(),
                "positions": store.positions.iter().map(position).collect::<Vec<_>>(),
                "as_of": worth(store).map(|worth| worth.time.to_string()),
                "equity": worth(store).map(|worth| worth.equity.as_dollars()),
                "day_profit": worth(store).map(|worth| worth.day_change.as_dollars()),
            })
        });
        json!({ "running": false, "killed": self.killed, "resumed": self.resumed, "store": store, "disk": self.disk })
    }

    /// Formats it, with the account's mark above; `colour` is true if the stream is coloured.
    pub fn table(&self, folder: &AccountDir, colour: bool) -> Text {
        let name = folder.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut rows = Rows::new(&["account", &name]);
        let mut fact = |name: &str, value: String| rows.push([name.to_owned(), value]);
        fact("host", "not running: figures are as of its end".to_owned());
        fact("folder", folder.path().display().to_string());
        fact("kill switch", table::killed(self.killed.as_ref()));
        if let Some(note) = &self.resumed {
            fact("next start", format!("resumes: {} ({}, {})", note.reason, note.by, note.time));
        }
        match &self.store {
            None => fact("store", "none yet".to_owned()),
            Some(store) => facts(store).into_iter().for_each(|(name, value)| fact(name, value)),
        }
        if let Some(disk) = &self.disk {
            fact("disk", table::disk(disk));
        }
        let mut text = rows.table();
        if let Some(store) = &self.store {
            for listed in [positions(store), orders(store)].into_iter().flatten() {
                text.push_str(&format!("\n{}", listed.table()));
            }
        }
        LiveMark::new(&folder.reference(), colour).above(&text)
    }
}

/// The account's worth when the last host kept its state: at its end, unless it was killed.
struct Worth {
    time: Timestamp,
    equity: Usd,
    /// Change since the end of the UTC day before.
    day_change: Usd,
}

/// Returns the worth of the account, if a host of this version kept it.
fn worth(store: &AccountSummary) -> Option<Worth> {
    let kept = store.snapshot.as_ref()?;
    let readable = EngineSnapshot::OLDEST..=EngineSnapshot::VERSION;
    let snapshot = readable.contains(&kept.version).then(|| serde_json::from_str::<EngineSnapshot>(&kept.body).ok());
    let snapshot = snapshot.flatten()?;
    let (equity, day_change) = snapshot.equity()?;
    Some(Worth { time: snapshot.now(), equity, day_change })
}

/// Returns the positions that are held, if there are any.
fn positions(store: &AccountSummary) -> Option<Rows> {
    let mut rows = Rows::new(&["position", "contracts", "at"]);
    let held: Vec<_> = store.positions.iter().filter(|position| !position.qty.is_zero()).collect();
    for position in &held {
        let (contracts, cost) = (position.qty.as_contracts(), position.cost.as_dollars());
        let held = PositionLine { contracts, cost, ..PositionLine::default() }.held();
        rows.push([position.ticker.clone(), table::contracts(held), table::price(held.entry)]);
    }
    (!held.is_empty()).then_some(rows)
}

/// Returns the orders that have not ended, if there are any.
fn orders(store: &AccountSummary) -> Option<Rows> {
    let mut rows = Rows::new(&["order", "market", "left", "standing"]);
    for order in &store.open_orders {
        rows.push([order.order.0.to_string(), order.ticker.clone(), order.left.to_string(), order.state.to_string()]);
    }
    (!store.open_orders.is_empty()).then_some(rows)
}

fn facts(store: &AccountSummary) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some((started, ended)) = store.session {
        let end = ended.map_or("did not end in good order".to_owned(), |ended| format!("ended {ended}"));
        facts.push(("last host", format!("started {started}, {end}")));
    }
    if let Some(Worth { time, equity, day_change }) = worth(store) {
        facts.push(("equity", equity.shown()));
        facts.push(("day P&L", day_change.shown_signed()));
        facts.push(("as of", time.to_string()));
    }
    facts.push(("positions", store.positions.iter().filter(|held| !held.qty.is_zero()).count().to_string()));
    let unknown = store.open_orders.iter().filter(|order| !matches!(order.state, OrderState::Working)).count();
    facts.push(("open orders", format!("{}, of which {unknown} not confirmed", store.open_orders.len())));
    if let Some(command) = &store.operator {
        facts.push((
            "last command",
            format!("{} by {} at {}: {}", command.what, command.who, command.time, command.reason),
        ));
    }
    if let Some(found) = &store.reconciliation {
        let verdict = if found.clean { "no differences" } else { "differences" };
        facts.push(("reconciliation", format!("{}: {verdict}: {}", found.time, found.detail)));
    }
    facts
}
