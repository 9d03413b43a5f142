//! Those who trade at the best prices: some have learned something, some only want in or out, and some see that a
//! price is off. The makers cannot tell them apart.

use super::book::{SyntheticBook, TakerOrder};
use super::news::Heard;
use super::random::RandomStream;
use super::value::MarketValue;

/// Share of the steps that somebody trades on before the quotes learn of them, and the share of these traders who take
/// all that is offered.
const INFORMED: f64 = 0.85;
const INFORMED_TAKES_ALL: f64 = 0.6;
/// Share of the other acts in which somebody wants in or out, and the share of these traders who take all.
const UNINFORMED: f64 = 0.06;
const TAKES_ALL: f64 = 0.12;
/// Share of the other acts in which somebody looks whether a price is off, and trades if so.
const LOOKING: f64 = 0.06;

/// Draws the order that comes to `book` in an act in which `heard` happened, before any quote has moved.
pub(super) fn taker(
    random: &mut RandomStream,
    heard: Heard,
    value: &MarketValue,
    book: &SyntheticBook,
) -> Option<TakerOrder> {
    if let Heard::Step(direction) = heard
        && random.chance(INFORMED)
    {
        return Some(TakerOrder { direction, takes_all: random.chance(INFORMED_TAKES_ALL) });
    }
    let chance = random.unit();
    let direction = if chance < UNINFORMED {
        random.sign()
    } else if chance < UNINFORMED + LOOKING {
        let worth = value.informed_cents();
        if worth > f64::from(book.ask) {
            1.0
        } else if worth < f64::from(book.bid) {
            -1.0
        } else {
            return None;
        }
    } else {
        return None;
    };
    Some(TakerOrder { direction, takes_all: random.chance(TAKES_ALL) })
}
