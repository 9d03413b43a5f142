//! A venue that fills more than was ordered.

use host_core::{OrderId, OrderState, Qty};

use crate::support::*;

/// The venue decides: what it filled beyond what was ordered is written down whole, and ends the order; what it fills
/// even after that is refused, and can be set aside.
#[test]
fn more_than_was_ordered_is_written_down_as_the_venue_filled_it() {
    for first in [&[12][..], &[9, 3], &[10]] {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        list(&mut store, 1);
        place(&mut store, &[1]).unwrap();
        ack(&mut store, 1).unwrap();
        for (number, &contracts) in first.iter().enumerate() {
            fills(&mut store, &[fill(1, &format!("f{number}"), contracts)]).unwrap();
        }
        let late = fills(&mut store, &[fill(1, "late", 2)]).unwrap_err();
        assert_eq!(late.to_string(), "order 1 is filled and cannot become filled; nothing was changed");
        drop(store);
        let mut store = open(folder.path());
        store.set_fill_aside("late", "of order 1, which has ended", &"body", at(3)).unwrap();
        drop(store);
        let store = open(folder.path());
        let row = store.order(OrderId(1)).unwrap().unwrap();
        assert_eq!((row.state, row.filled), (OrderState::Filled, Qty::contracts(first.iter().sum())));
        assert_eq!(store.open_orders().unwrap(), []);
        assert!(store.has_fill("f0").unwrap() && store.has_fill("late").unwrap());
        store.verify().unwrap();
    }
}
