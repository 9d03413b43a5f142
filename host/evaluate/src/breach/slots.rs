//! The limits of slots, and the way to breach each slot's own.

use host_core::risk::{RefusalCode as Code, RiskLimits, SlotLimits};
use host_core::{SlotId, Usd};

use super::bench::{Bench, COST, NOON, wide};
use super::case::{Breach, Put, Reach, count_to};

/// Puts a bench on a side of a slot's limit; `None` if the slot has no such limit.
type PutSlot = fn(&mut Bench, &SlotLimits, Reach) -> Option<()>;

const CASES: &[(&str, Code, PutSlot)] = &[
    ("markets", Code::SlotMarket, |bench, own, side| {
        let first = own.markets.as_ref().filter(|all| all.iter().all(|one| one != "*"))?.first()?;
        let inside = first.strip_suffix('*').map_or_else(|| first.clone(), |prefix| format!("{prefix}DRILL"));
        bench.relist(|market| market.ticker = side.pick("~HOST-DRILL".to_owned(), inside));
        Some(())
    }),
    ("max_exposure", Code::SlotExposure, |bench, own, side| {
        let limit = own.max_exposure.filter(|limit| COST < *limit && *limit < Usd::MOST)?;
        bench.hold(3, limit - COST + side.pick(Usd::MICRO, Usd::ZERO));
        Some(())
    }),
    ("max_open_positions", Code::SlotOpenPositions, |bench, own, side| {
        done(count_to(own.max_open_positions?, side, |id| bench.open_other(id)))
    }),
    ("max_daily_loss", Code::SlotDailyLoss, |bench, own, side| {
        fall(bench, own.max_daily_loss? - side.pick(Usd::ZERO, Usd::MICRO));
        Some(())
    }),
    ("max_drawdown", Code::SlotDrawdown, |bench, own, side| {
        fall(bench, own.max_drawdown? - side.pick(Usd::ZERO, Usd::MICRO));
        Some(())
    }),
    ("max_consecutive_losses", Code::SlotConsecutiveLosses, |bench, own, side| {
        done(count_to(own.max_consecutive_losses?, side, |_| bench.lose()))
    }),
    ("max_messages_per_minute", Code::SlotMessages, |bench, own, side| {
        let all = i64::from(own.max_messages_per_minute?);
        let orders = all - bench.risk.limits().cancel_share.of(all);
        done(count_to(orders, side, |_| bench.risk.on_cancel(SlotId(0), NOON)))
    }),
];

fn done(put: Put) -> Option<()> {
    (put == Put::Done).then_some(())
}

fn fall(bench: &mut Bench, amount: Usd) {
    bench.risk.on_slot_profit(SlotId(0), NOON, Usd::ZERO);
    bench.risk.on_slot_profit(SlotId(0), NOON, Usd::ZERO - amount);
}

/// Breaches the limits of each slot, with the account's so wide that they do not matter.
pub(super) fn breach_all(limits: &RiskLimits) -> Vec<Breach> {
    let slots = limits.slots.iter();
    slots.flat_map(|(name, own)| CASES.iter().filter_map(|case| breach(name, own, case, limits))).collect()
}

fn breach(name: &str, own: &SlotLimits, case: &(&str, Code, PutSlot), limits: &RiskLimits) -> Option<Breach> {
    let (leaf, code, put) = case;
    let told = |triggered: bool, found: String| {
        Some(Breach { limit: format!("slot.{name}.{leaf}"), code: code.to_string(), triggered, found })
    };
    // The slot has this limit alone, so that no other of its own comes first.
    let alone = only(leaf, own);
    let wide = RiskLimits { slots: [(name.to_owned(), alone.clone())].into(), ..wide(limits) };
    let mut codes = Vec::new();
    for side in [Reach::Beyond, Reach::Inside] {
        let mut bench = match Bench::new(wide.clone()) {
            Ok(bench) => bench,
            Err(error) => return told(false, error.to_string()),
        };
        bench.risk.name_slot(SlotId(0), name);
        put(&mut bench, &alone, side)?;
        codes.push(bench.check());
    }
    match (codes[0].as_deref(), codes[1].as_deref()) {
        (Some(found), None) if found == code.as_str() => told(true, "refused beyond, passed inside".to_owned()),
        (Some(found), None) => told(false, format!("refused with {found}")),
        (None, _) => told(false, "an order beyond it passed".to_owned()),
        (_, Some(found)) => told(false, format!("an order inside it was refused with {found}")),
    }
}

/// Returns the limit `leaf` of `own` alone.
fn only(leaf: &str, own: &SlotLimits) -> SlotLimits {
    SlotLimits {
        markets: own.markets.clone().filter(|_| leaf == "markets"),
        max_exposure: own.max_exposure.filter(|_| leaf == "max_exposure"),
        max_open_positions: own.max_open_positions.filter(|_| leaf == "max_open_positions"),
        max_daily_loss: own.max_daily_loss.filter(|_| leaf == "max_daily_loss"),
        max_drawdown: own.max_drawdown.filter(|_| leaf == "max_drawdown"),
        max_consecutive_losses: own.max_consecutive_losses.filter(|_| leaf == "max_consecutive_losses"),
        max_messages_per_minute: own.max_messages_per_minute.filter(|_| leaf == "max_messages_per_minute"),
    }
}
