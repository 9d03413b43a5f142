//! The private key and signatures appear in no output and in no file.

use std::fs;

use serde_json::json;

use crate::account::{Account, restless};
use crate::support::files;

#[test]
fn neither_output_nor_files_contain_the_key_or_a_signature() {
    let account = Account::open(&json!({ "rules": [] }), 20, &[&restless()], "");
    let outcome = account.trade("--for 6h -vv");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(
        outcome.stderr.contains("DEBUG") || outcome.stderr.contains("TRACE"),
        "it says no more than usual: {outcome}"
    );
    let pem = account.key();
    let secrets: Vec<&str> = pem.lines().filter(|line| !line.starts_with("-----")).chain(["PRIVATE KEY"]).collect();
    assert!(secrets.len() > 1 && secrets.iter().all(|secret| secret.len() >= 8), "{} lines", secrets.len());
    let mut shown = vec![("the words".to_owned(), outcome.stdout + &outcome.stderr)];
    for path in files::below(&account.folder()) {
        let content = fs::read(&path).expect("a file");
        shown.push((path.display().to_string(), String::from_utf8_lossy(&content).into_owned()));
    }
    assert!(shown.len() > 3, "a journal and a recording: {}", shown.len());
    for (place, text) in shown {
        let found = secrets.iter().find(|secret| text.contains(**secret));
        assert!(found.is_none(), "a line of the key is in {place}");
        assert!(!text.to_lowercase().contains("kalshi-access-signature"), "a signature is in {place}");
    }
}
