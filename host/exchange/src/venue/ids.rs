//! Identities: members and subaccounts, identifiers drawn from a seed, pages of lists.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

/// Member number: dense, in the order of joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub u32);

/// The house account that mirrors outside quotes. It has unlimited credit, pays no fees and leaves no history.
pub const MIRROR: MemberId = MemberId(0);
/// The house account that takes what traded outside; otherwise like [`MIRROR`].
pub const CROWD: MemberId = MemberId(1);

impl MemberId {
    /// Returns true for the exchange's own accounts: unlimited credit, no fees, no history, no updates.
    pub const fn is_house(self) -> bool {
        self.0 <= CROWD.0
    }
}

/// One of a member's accounts: subaccount 0 is the primary one, 63 the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    pub member: MemberId,
    /// `0..=63`.
    pub subaccount: u8,
}

impl AccountId {
    pub const LAST_SUBACCOUNT: u8 = 63;

    pub const fn primary(member: MemberId) -> AccountId {
        AccountId { member, subaccount: 0 }
    }
}

/// One page of a list, newest or lowest first depending on the query. Pages stay stable while the list grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many as requested.
    pub items: Vec<T>,
    /// Cursor of the next page; `None` on the last one.
    pub next: Option<u64>,
}

impl<T> Page<T> {
    /// Takes `limit` of `rows`, each with its number in the list. `next` becomes the number of the last row taken, if
    /// more follow.
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

    /// Converts the items of the page.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}

/// Generates identifiers like the venue's: version 4 UUIDs, reproducible from the seed.
#[derive(Debug)]
pub(super) struct IdGenerator(ChaCha8Rng);

impl IdGenerator {
    pub(super) fn new(seed: u64) -> IdGenerator {
        IdGenerator(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(super) fn draw(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}
