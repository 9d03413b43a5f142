//! The venue's recorded answers of June 2026 as a table: the same requests have the same answers here, but for ids and
//! times.
//!
//! The table holds the facts in our own words; the recording itself carries no licence and is no part of this
//! repository. Where it is present, the answers are compared with it as well. Two of its cases are of endpoints that
//! the venue has closed since, as its other clients report: here they are served only if that is asked for.

mod compare;
mod session;
mod table;

use std::path::Path;

use compare::differences;
use session::Session;

use crate::*;

/// Path of the recording in a development checkout, from this crate's folder.
const RECORDING: &str = "../../../shared/specs/kalshi_recorded_2026-06.json";

#[tokio::test]
async fn every_recorded_case_is_answered_as_the_table_says() {
    let session = Session::hold().await;
    let mut left = session.answers.clone();
    for (case, status, body) in table::cases() {
        let (found, ours) = left.remove(case).unwrap_or_else(|| panic!("{case} was not asked"));
        assert_eq!((found, differences(&ours, &body)), (status, Vec::new()), "{case}: {ours}");
    }
    assert!(left.is_empty(), "not in the table: {:?}", left.keys());
}

#[tokio::test]
async fn every_recorded_case_is_answered_as_it_was_recorded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDING);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no recording at {}", path.display());
        return;
    };
    let recording: Value = serde_json::from_str(&text).expect("JSON");
    let session = Session::hold().await;
    let mut seen = 0;
    for case in recording["rest"].as_array().expect("cases") {
        let name = case["case"].as_str().expect("a name");
        if case["status"].is_null() {
            continue;
        }
        let (status, ours) = session.answers.get(name).unwrap_or_else(|| panic!("{name} was not asked"));
        assert_eq!(
            (json!(status), differences(ours, &case["body"])),
            (case["status"].clone(), vec![]),
            "{name}: {ours}"
        );
        seen += 1;
    }
    assert_eq!(seen, session.answers.len());
}
