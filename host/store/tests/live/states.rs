//! The states that strategies save.

use host_core::{SavedState, SlotId};
use host_store::live::{KeptState, account_states};

use crate::support::*;

/// A strategy with thousands of markets saves more than any text or blob that is read of strangers.
#[test]
fn a_large_state_is_kept_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let state = SavedState { schema: "s".into(), version: 1, payload: vec![7; 140 << 20] };
    let kept = KeptState {
        slot: SlotId(0),
        event_seq: 0,
        time: at(1),
        sha256: String::new(),
        settings: "{}".to_owned(),
        books_seq: 0,
        books: None,
        state,
    };
    store.keep_states(std::slice::from_ref(&kept), "{}", at(1)).unwrap();
    assert!(store.kept_states().unwrap()[&SlotId(0)] == kept, "by the host itself");
    assert!(account_states(folder.path()).unwrap()[&SlotId(0)] == kept, "beside it");
}
