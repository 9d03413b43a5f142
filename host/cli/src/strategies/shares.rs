//! The limits of an account through which its slots can stop each other.

use host_core::Usd;
use host_core::risk::{RiskLimits, SlotLimits};
use host_session::setup::LoadedStrategy;

use crate::terminal::ui::Ui;

/// The cure, whichever limits are shared.
pub const CURE: &str = "lower these keys in each `[slot.NAME]` until their sums fit, or raise the account's; host/docs/\
    live.md, \"Several strategies\", says what makes a neighbour independent";

/// Says what the slots of `strategies` can use up for each other.
pub fn tell(strategies: &[LoadedStrategy], limits: &RiskLimits, ui: Ui) {
    let slots: Vec<&str> = strategies.iter().map(|strategy| strategy.slot.as_str()).collect();
    if let Some(shared) = shared(limits, &slots) {
        ui.say(&format!("warning: {shared}: {CURE}"));
    }
}

/// Returns what the `slots` of an account can use up for each other, in words; `None` if there is nothing, or fewer
/// than two slots. A slot without a limit of its own may use up the account's.
///
/// Before its latch engages, a slot may lose almost all that its loss limit allows; what it holds then may be lost on
/// top.
pub fn shared(limits: &RiskLimits, slots: &[&str]) -> Option<String> {
    let unlimited = SlotLimits::default();
    let own: Vec<&SlotLimits> = slots.iter().map(|name| limits.slots.get(*name).unwrap_or(&unlimited)).collect();
    if own.len() < 2 {
        return None;
    }
    let over: Vec<String> = amounts(limits, &own).into_iter().chain(counts(limits, &own)).collect();
    let names = slots.join(", ");
    (!over.is_empty()).then(|| format!("the slots {names} can stop each other: together {}", over.join(", ")))
}

/// Returns the amounts of slots that together are more than the account's.
fn amounts(limits: &RiskLimits, own: &[&SlotLimits]) -> Vec<String> {
    let sum = |of: &dyn Fn(&SlotLimits) -> Usd| own.iter().map(|one| of(one)).sum::<Usd>();
    let hold = |one: &SlotLimits| one.max_exposure.unwrap_or(limits.max_portfolio_exposure);
    let day = |one: &SlotLimits| hold(one) + one.max_daily_loss.unwrap_or(limits.max_daily_loss);
    let fall = |one: &SlotLimits| hold(one) + one.max_drawdown.unwrap_or(limits.max_drawdown);
    let exposure = sum(&hold);
    let mut sums = vec![
        ("max_exposure", exposure, "max_portfolio_exposure", limits.max_portfolio_exposure),
        ("max_daily_loss + max_exposure", sum(&day), "max_daily_loss", limits.max_daily_loss),
        ("max_drawdown + max_exposure", sum(&fall), "max_drawdown", limits.max_drawdown),
    ];
    // Nobody knows before which categories and events `markets` are of: those who set them are trusted to.
    if own.iter().any(|one| one.markets.is_none()) {
        sums.push(("max_exposure", exposure, "max_category_exposure", limits.max_category_exposure));
        sums.push(("max_exposure", exposure, "max_event_exposure", limits.max_event_exposure));
    }
    let over = sums.into_iter().filter(|(_, sum, _, most)| sum > most);
    over.map(|(own, sum, account, most)| format!("{own} {sum} of risk.{account} {most}")).collect()
}

/// Returns the counts of slots that together are more than the account's.
fn counts(limits: &RiskLimits, own: &[&SlotLimits]) -> Vec<String> {
    let over = |key: &str, most: u32, of: fn(&SlotLimits) -> Option<u32>| {
        let sum: u64 = own.iter().map(|one| u64::from(of(one).unwrap_or(most))).sum();
        (sum > u64::from(most)).then(|| format!("{key} {sum} of risk.{key} {most}"))
    };
    let positions = over("max_open_positions", limits.max_open_positions, |one| one.max_open_positions);
    let messages = over("max_messages_per_minute", limits.max_messages_per_minute, |one| one.max_messages_per_minute);
    // A slot with this limit counts its losing trades for itself.
    let losses = own.iter().any(|one| one.max_consecutive_losses.is_none()).then(|| {
        let most = limits.max_consecutive_losses;
        format!("losing trades of slots without max_consecutive_losses in risk.max_consecutive_losses {most}")
    });
    positions.into_iter().chain(messages).chain(losses).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns limits of an account with slots that hold this much, and may lose this much.
    fn limits(slots: &[(&str, i64, i64)]) -> RiskLimits {
        let own = |hold: i64, lose: i64| SlotLimits {
            max_exposure: Some(Usd::dollars(hold)),
            max_daily_loss: Some(Usd::dollars(lose)),
            max_drawdown: Some(Usd::dollars(lose)),
            max_open_positions: Some(2),
            max_messages_per_minute: Some(30),
            max_consecutive_losses: Some(5),
            ..SlotLimits::default()
        };
        let slots = slots.iter().map(|&(name, hold, lose)| (name.to_owned(), own(hold, lose))).collect();
        RiskLimits { slots, ..RiskLimits::default() }
    }

    #[test]
    fn sums_within_the_accounts_limits_are_independent() {
        assert_eq!(shared(&limits(&[("a", 50, 50), ("b", 60, 40)]), &["a", "b"]), None);
        assert_eq!(shared(&limits(&[("a", 900, 900)]), &["a"]), None, "it is alone");
    }

    #[test]
    fn what_a_slot_holds_when_its_latch_engages_counts_too() {
        let said = shared(&limits(&[("a", 51, 50), ("b", 60, 40)]), &["a", "b"]).unwrap();
        let expect = "the slots a, b can stop each other: together max_daily_loss + max_exposure 201.00 of \
                      risk.max_daily_loss 200.00";
        assert_eq!(said, expect);
    }

    #[test]
    fn categories_and_events_count_unless_each_slot_has_markets_of_its_own() {
        let account = RiskLimits { max_event_exposure: Usd::dollars(80), ..limits(&[("a", 50, 50), ("b", 50, 50)]) };
        let said = shared(&account, &["a", "b"]).unwrap();
        assert!(said.ends_with("together max_exposure 100.00 of risk.max_event_exposure 80.00"), "{said}");
        let mut own = account;
        own.slots.values_mut().for_each(|one| one.markets = Some(vec!["KXHIGHNY*".to_owned()]));
        assert_eq!(shared(&own, &["a", "b"]), None);
    }

    #[test]
    fn a_slot_without_limits_may_use_up_the_accounts() {
        let said = shared(&limits(&[("a", 50, 50)]), &["a", "b"]).unwrap();
        let losses = "losing trades of slots without max_consecutive_losses";
        for part in ["max_exposure 2050.00 of", "max_open_positions 7 of risk.max_open_positions 5", losses] {
            assert!(said.contains(part), "{said}");
        }
    }
}
