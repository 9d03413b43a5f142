//! The sections `[slot.NAME]`: the limits of one slot, each inside the account's. They stand in the tree beside the
//! account's limits, as `risk.slots.NAME`.

use host_store::suggest::did_you_mean;
use toml::{Table, Value};

use super::layer::Entry;
use super::problem::Problem;

/// The section of the slots' limits, one table each.
pub const SLOT: &str = "slot";

/// A key of `[slot.NAME]`.
#[derive(Clone, Copy, Debug)]
pub struct SlotKey {
    pub name: &'static str,
    /// The unit or form of the value.
    pub unit: &'static str,
    /// One sentence for `host config init`.
    pub doc: &'static str,
}

const fn key(name: &'static str, unit: &'static str, doc: &'static str) -> SlotKey {
    SlotKey { name, unit, doc }
}

/// All keys, in display order. None has a default: what is absent is the account's.
#[rustfmt::skip] // A table: rustfmt would give each argument a line.
pub const SLOT_KEYS: &[SlotKey] = &[
    key("markets", "tickers, prefixes such as \"KXHIGHNY*\"", "Markets that the slot may open positions in."),
    key("max_exposure", "dollars", "Largest worst-case loss of all its positions and entry orders; scales."),
    key("max_open_positions", "positions", "Largest number of its open positions."),
    key("max_daily_loss", "dollars", "Loss of a UTC day at which its entries stop until the next day; scales."),
    key("max_drawdown", "dollars", "Fall from its highest profit at which its entries stop; scales."),
    key("max_consecutive_losses", "trades", "Its losing trades in a row at which its entries stop."),
    key("max_messages_per_minute", "messages", "Largest number of its orders and cancels in 60 seconds."),
];

/// Sets a slot's limit in `tree`. Returns the slot's key in that tree.
///
/// # Errors
/// The key names no slot, or no limit of one.
pub(super) fn set(tree: &mut Table, entry: &Entry) -> Result<&'static SlotKey, Problem> {
    let rest = entry.key.strip_prefix(SLOT).unwrap_or_default();
    let Some((name, leaf)) = rest.strip_prefix('.').and_then(|rest| rest.rsplit_once('.')) else {
        let what = format!("`{}` does not name a slot: write `[{SLOT}.NAME]` above its limits", entry.key);
        return Err(Problem::new(&entry.origin, what));
    };
    let Some(known) = SLOT_KEYS.iter().find(|key| key.name == leaf) else {
        let names = || SLOT_KEYS.iter().map(|key| key.name);
        let guess = did_you_mean(leaf, names());
        let all = format!("a slot has {}", names().collect::<Vec<_>>().join(", "));
        let what = format!("unknown key `{}`: {}", entry.key, guess.unwrap_or(all));
        return Err(Problem::new(&entry.origin, what));
    };
    let mut table = tree;
    for section in ["risk", "slots", name] {
        let Value::Table(next) = table.entry(section).or_insert_with(|| Value::Table(Table::new())) else {
            return Err(Problem::new(&entry.origin, format!("`{}` is no table", entry.key)));
        };
        table = next;
    }
    table.insert(leaf.to_owned(), entry.value.clone());
    Ok(known)
}
