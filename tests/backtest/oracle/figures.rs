//! The figures that both implementations must agree on, as text that shows where they do not.

use std::collections::BTreeMap;
use std::fmt::Debug;

use host_report::Report;

use super::model::Model;
use super::settings::decimal;
use super::words::{CONTRACT, DOLLAR, MONEY};

/// One line for each figure.
pub type Figures = BTreeMap<String, String>;

fn add(figures: &mut Figures, name: &str, value: impl Debug) {
    figures.insert(name.to_owned(), format!("{value:?}"));
}

/// Returns the figures of a report.
pub fn of_report(report: &Report) -> Figures {
    let mut figures = Figures::new();
    add(&mut figures, "signals", report.signals);
    add(&mut figures, "orders", report.orders);
    add(&mut figures, "fills", report.fills);
    add(&mut figures, "trades", report.trades);
    add(&mut figures, "wins and losses", (report.wins, report.losses));
    add(&mut figures, "expired and cancelled", (report.order_ends.expired, report.order_ends.cancelled));
    add(&mut figures, "rejected", report.order_ends.rejected);
    for (code, count) in &report.rejections {
        add(&mut figures, &format!("refused {code}"), count);
    }
    add(&mut figures, "fees", report.fees.0.0);
    add(&mut figures, "net", report.net_pnl.0.0);
    add(&mut figures, "equity", report.final_equity.0.0);
    add(&mut figures, "drawdown", report.max_drawdown.0.0);
    for (number, day) in report.by_day.iter().enumerate() {
        add(&mut figures, &format!("equity after day {number}"), day.equity.0.0);
    }
    for line in report.by_market.iter().filter(|line| line.fills > 0) {
        let net = line.net_pnl.map(|net| net.0.0);
        add(&mut figures, &format!("fills and net of {}", line.name), (line.fills, net));
    }
    for held in &report.final_positions {
        let name = format!("position of {} in {}", held.strategy, held.market);
        add(&mut figures, &name, (format!("{:.2}", held.contracts), held.mark.0.0));
    }
    figures
}

/// Returns the figures of the second implementation.
pub fn of_model(model: &Model<'_>) -> Figures {
    let mut figures = Figures::new();
    let (counts, account) = (&model.counts, &model.account);
    add(&mut figures, "signals", counts.signals);
    add(&mut figures, "orders", counts.orders);
    add(&mut figures, "fills", counts.fills);
    add(&mut figures, "trades", account.trades.len());
    let of_sign = |sign: i128| account.trades.iter().filter(|result| result.signum() == sign).count();
    add(&mut figures, "wins and losses", (of_sign(1), of_sign(-1)));
    add(&mut figures, "expired and cancelled", (counts.expired, counts.cancelled));
    add(&mut figures, "rejected", 0);
    for (code, count) in &counts.refusals {
        add(&mut figures, &format!("refused {code}"), count);
    }
    let capital = model.settings.staged(model.settings.capital, 1);
    add(&mut figures, "fees", account.fees);
    add(&mut figures, "net", account.equity() - capital);
    add(&mut figures, "equity", account.equity());
    add(&mut figures, "drawdown", account.max_drawdown);
    let first = model.days.first().map_or(0, |(day, _)| *day);
    let last = model.days.last().map_or(0, |(day, _)| *day);
    for day in first..=last {
        let equity = model.days.iter().rev().find(|(other, _)| *other <= day).map(|(_, equity)| *equity);
        add(&mut figures, &format!("equity after day {}", day - first), equity.unwrap_or(0));
    }
    for (at, &(flow, fills)) in account.flows.iter().enumerate().filter(|(_, (_, fills))| *fills > 0) {
        let held = account.positions.iter().filter(|held| held.market == at);
        let value: i128 = held.map(|held| held.qty * account.marks[at] / 2).sum();
        add(&mut figures, &format!("fills and net of {}", model.tape.markets[at].ticker), (fills, Some(flow + value)));
    }
    for held in &account.positions {
        let (slot, ticker) = (model.settings.slots[held.slot], &model.tape.markets[held.market].ticker);
        let mark = account.marks[held.market] * MONEY / DOLLAR / 2;
        let contracts = decimal(held.qty, CONTRACT);
        let contracts = &contracts[..contracts.len() - 4];
        add(&mut figures, &format!("position of {slot} in {ticker}"), (contracts, mark));
    }
    figures
}

/// Returns the lines in which `host` and `second` differ; none if they agree.
pub fn differences(host: &Figures, second: &Figures) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = host.keys().chain(second.keys()).collect();
    let differs = |name: &&String| host.get(*name) != second.get(*name);
    let line = |name: &String| format!("{name}: host {:?}, second {:?}", host.get(name), second.get(name));
    names.into_iter().filter(differs).map(line).collect()
}
