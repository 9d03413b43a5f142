//! The private key and signatures appear in no output of any command that speaks of an account, and in no file.

use std::fs;

use serde_json::json;

use crate::account::{Account, restless};
use crate::support::files;

/// Commands that print what the host knows of an account or of its settings.
const TELLING: [&str; 8] = [
    "config show",
    "config show --format json",
    "status",
    "status --format json",
    "logs --format json",
    "logs --strategy restless",
    "report alex --format json",
    "replay live/kalshi-alex/account.journal",
];

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
    for command in TELLING {
        let outcome = account.run(&format!("-vvv {command}"));
        assert!(!outcome.stdout.is_empty(), "{command} tells nothing: {outcome}");
        shown.push((format!("`host {command}`"), outcome.stdout + &outcome.stderr));
    }
    for path in files::below(&account.folder()) {
        let content = fs::read(&path).expect("a file");
        shown.push((path.display().to_string(), String::from_utf8_lossy(&content).into_owned()));
    }
    let has = |name: &str| shown.iter().any(|(place, text)| place.contains(name) && !text.is_empty());
    assert!(["account.journal", "/tape/", "/logs/host-"].into_iter().all(has), "journal, recording and log");
    for (place, text) in shown {
        let found = secrets.iter().find(|secret| text.contains(**secret));
        assert!(found.is_none(), "a line of the key is in {place}");
        assert!(!text.to_lowercase().contains("kalshi-access-signature"), "a signature is in {place}");
    }
}
