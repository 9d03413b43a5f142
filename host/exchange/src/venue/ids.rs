//! Who and what things are: members and their subaccounts, identifiers drawn from a seed, pages of lists.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

/// Number of a member: dense, in the order of joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub u32);

/// The house account that mirrors outside quotes. Its balance has no bottom, it pays no fees and leaves no history.
pub const MIRROR: MemberId = MemberId(0);
/// The house account that takes what traded outside. As [`MIRROR`].
pub const CROWD: MemberId = MemberId(1);

impl MemberId {
    /// Whether it is the exchange's own: unlimited balance, no fees, no history, no updates.
    pub const fn is_house(self) -> bool {
        self.0 <= CROWD.0
    }
}

/// A member's money and positions of one kind: subaccount 0 is the primary one, 63 the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// Whose.
    pub member: MemberId,
    /// `0..=63`.
    pub subaccount: u8,
}

impl Account {
    /// The last subaccount that a member can have.
    pub const LAST_SUBACCOUNT: u8 = 63;

    /// The member's primary account.
    pub const fn primary(member: MemberId) -> Account {
        Account { member, subaccount: 0 }
    }
}

/// One page of a list, newest or lowest first as the query says. Pages stay stable while the list grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many as were asked for.
    pub items: Vec<T>,
    /// What to ask for the next page with; `None` on the last one.
    pub next: Option<u64>,
}

impl<T> Page<T> {
    /// Takes `limit` of `rows`, each with its number in the list; `next` is the number of the last one taken, if more
    /// follow.
    pub(super) fn take(rows: impl Iterator<Item = (u64, T)>, limit: usize) -> Page<T> {
        let mut rows = rows.peekable();
        let (mut items, mut last) = (Vec::new(), None);
        while items.len() < limit
            && let Some((number, row)) = rows.next()
        {
            items.push(row);
            last = Some(number);
        }
        Page { items, next: last.filter(|_| rows.peek().is_some()) }
    }

    /// The same page of something else.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}

/// Draws identifiers as the venue makes them: version 4 UUIDs, the same for the same seed.
#[derive(Debug)]
pub(super) struct Ids(ChaCha8Rng);

impl Ids {
    pub(super) fn new(seed: u64) -> Ids {
        Ids(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(super) fn draw(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}
