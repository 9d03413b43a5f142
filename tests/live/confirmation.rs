//! Before real money is traded, the operator types the account's name at a terminal, and before it the digest of a
//! component that nobody signed.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::account::{Account, restless};

/// Starts a run on a terminal of its own, and types `typed`. Returns `None` where there is no `script` to make a
/// terminal.
fn on_a_terminal(account: &Account, typed: &str) -> Option<Output> {
    let words = account.unconfirmed("--for 1h");
    let host = std::iter::once(words.get_program()).chain(words.get_args());
    let line: Vec<String> = host.map(|word| format!("'{}'", word.to_str().expect("text"))).collect();
    let mut command = Command::new("script");
    command.args(["-qec", &line.join(" "), "/dev/null"]).current_dir(words.get_current_dir().expect("a folder"));
    command.env_clear().envs(words.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = match command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(why) => {
            println!("skipped: no terminal can be made here: script: {why}");
            return None;
        }
    };
    // It stays open, because closing it means Ctrl-D.
    let mut keyboard = child.stdin.take().expect("its keyboard");
    keyboard.write_all(typed.as_bytes()).expect("typed");
    let output = child.wait_with_output().expect("it ends");
    drop(keyboard);
    Some(output)
}

#[test]
fn only_the_accounts_name_starts_a_run() {
    let account = Account::open(&json!({ "rules": [] }), 3, &[&restless()], "");
    let check = |typed: &str, code: i32, words: &str| {
        let Some(output) = on_a_terminal(&account, typed) else { return };
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("type the account's name to trade real money: ") && said.contains(words), "{said}");
    };
    check("yes\n", 1, "that is not the account's name: nothing was started");
    check("\n", 1, "that is not the account's name: nothing was started");
    check("alex\n", 0, "trading restless at kalshi");
}

#[test]
fn a_component_that_nobody_signed_is_asked_about_once() {
    let account = Account::open(&json!({ "rules": [] }), 3, &[&restless()], "");
    account.unconfirm();
    let digest = host_sandbox::digest(&std::fs::read(restless()).expect("a component"));
    let check = |typed: &str, code: i32, asked: bool, words: &str| {
        let Some(output) = on_a_terminal(&account, typed) else { return };
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{said}");
        let question = format!("type its first digits, {}, to confirm once", &digest[..8]);
        assert_eq!(said.contains(&question), asked, "{said}");
        assert!(said.contains(words), "{said}");
    };
    check("yes\n", 1, true, "nobody has confirmed its digest, sha256 ");
    check(&format!("{}\nyes\n", &digest[..8]), 1, true, "that is not the account's name: nothing was started");
    check("alex\n", 0, false, "trading restless at kalshi");
}
