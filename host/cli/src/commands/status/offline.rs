//! The status of an account that no host is trading: its kill switch, and its store as the last host left it.

use host_core::OrderState;
use host_live::account_dir::AccountDir;
use host_live::control::kill_switch::Killed;
use host_live::control::{KillSwitch, ResumeNote};
use host_live::disk_use::DiskUse;
use host_store::live::{AccountSummary, account_summary};
use serde_json::{Value, json};

use super::table;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::Rows;

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
            })
        });
        json!({ "running": false, "killed": self.killed, "resumed": self.resumed, "store": store, "disk": self.disk })
    }

    pub fn table(&self, folder: &AccountDir) -> String {
        let mut rows = Rows::new(&["no host is running", ""]);
        let mut fact = |name: &str, value: String| rows.push([name.to_owned(), value]);
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
        rows.table()
    }
}

fn facts(store: &AccountSummary) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some((started, ended)) = store.session {
        let end = ended.map_or("did not end in good order".to_owned(), |ended| format!("ended {ended}"));
        facts.push(("last host", format!("started {started}, {end}")));
    }
    let unknown = store.open_orders.iter().filter(|order| !matches!(order.state, OrderState::Working)).count();
    facts.push(("open orders", format!("{}, of which {unknown} not confirmed", store.open_orders.len())));
    for order in &store.open_orders {
        facts.push(("", format!("order {} {}: {} of {}", order.order.0, order.state, order.left, order.ticker)));
    }
    let held = store.positions.iter().filter(|position| !position.qty.is_zero());
    facts.extend(
        held.map(|position| ("position", format!("{} {} (${})", position.qty, position.ticker, position.cost))),
    );
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
