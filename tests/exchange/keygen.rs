//! `host exchange keygen`: keys for accounts, readable only by their owner and never overwritten.

use crate::support::environment::Environment;

/// The value of `key` in the configuration that was printed.
pub fn value(printed: &str, key: &str) -> String {
    let table: toml::Table = printed.parse().expect("TOML");
    table["venue"][key].as_str().expect("text").to_owned()
}

#[test]
fn keygen_makes_an_account_with_all_that_a_client_needs() {
    for (kind, header) in [("rsa", "-----BEGIN PRIVATE KEY-----"), ("ed25519", "-----BEGIN PRIVATE KEY-----")] {
        let environment = Environment::new();
        let printed = environment.run(&format!("exchange keygen --account alex --kind {kind} --out keys")).success();
        assert_eq!(value(&printed, "base_url"), "http://127.0.0.1:7878/trade-api/v2");
        assert_eq!(value(&printed, "key_file"), "[FOLDER]/keys/alex.key.pem");
        assert!(environment.read("keys/alex.key.pem").starts_with(header));
        let accounts: serde_json::Value =
            serde_json::from_str(&environment.read("keys/exchange-accounts.json")).expect("JSON");
        let account = &accounts["accounts"][0];
        assert_eq!(account["name"], "alex");
        assert_eq!(account["deposit"], 10_000.0);
        assert_eq!(account["key_id"], value(&printed, "key_id"));
        assert!(account["public_key_pem"].as_str().is_some_and(|pem| pem.starts_with("-----BEGIN PUBLIC KEY-----")));
        // The printed configuration holds no secret.
        assert!(!printed.contains("PRIVATE"), "{printed}");
    }
}

#[test]
fn the_printed_lines_are_a_valid_configuration() {
    let environment = Environment::new();
    let output = environment.command("exchange keygen --account alex").output().expect("the binary runs");
    environment.write("host.toml", &output.stdout);
    let shown = environment.run("config show --format json").success();
    let settings: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    let printed = String::from_utf8(output.stdout).expect("text");
    for key in ["base_url", "key_id", "key_file"] {
        let known =
            settings.as_array().expect("settings").iter().find(|setting| setting["key"] == format!("venue.{key}"));
        let known = known.unwrap_or_else(|| panic!("venue.{key} is not in:\n{shown}"));
        let whole = value(&printed, key).replace(&environment.path("").display().to_string(), "[FOLDER]/");
        assert_eq!(known["value"], whole);
        assert!(known["origin"].as_str().is_some_and(|origin| origin.starts_with("host.toml:")), "{known}");
    }
}

#[cfg(unix)]
#[test]
fn private_files_are_readable_only_by_their_owner() {
    use std::os::unix::fs::PermissionsExt;
    let environment = Environment::new();
    environment.run("exchange keygen --account alex").success();
    for file in ["alex.key.pem", "exchange-accounts.json"] {
        let mode = std::fs::metadata(environment.path(file)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn keys_and_accounts_are_never_overwritten() {
    let environment = Environment::new();
    environment.run("exchange keygen --account alex").success();
    let (key, accounts) = (environment.read("alex.key.pem"), environment.read("exchange-accounts.json"));
    let said = environment.run("exchange keygen --account alex").failure(1);
    assert!(said.contains("the account `alex` already exists") && said.contains("hint: "), "{said}");
    // A key is kept even if its account is gone.
    std::fs::remove_file(environment.path("exchange-accounts.json")).expect("removed");
    let said = environment.run("exchange keygen --account alex").failure(1);
    assert!(said.contains("alex.key.pem") && said.contains("never overwritten"), "{said}");
    assert_eq!(environment.read("alex.key.pem"), key);
    assert!(!environment.path("exchange-accounts.json").exists());
    // A file that is no accounts file is left as it is, and no key is made.
    environment.write("exchange-accounts.json", "mine");
    let said = environment.run("exchange keygen --account bert").failure(1);
    assert!(said.contains("cannot add an account"), "{said}");
    assert_eq!(environment.read("exchange-accounts.json"), "mine");
    assert!(!environment.path("bert.key.pem").exists());
    // A second account joins the first.
    environment.write("exchange-accounts.json", &accounts);
    environment.run("exchange keygen --account bert --deposit 12.5 --kind ed25519").success();
    let joined: serde_json::Value = serde_json::from_str(&environment.read("exchange-accounts.json")).expect("JSON");
    assert_eq!(joined["accounts"].as_array().map(Vec::len), Some(2));
    assert_eq!(joined["accounts"][1]["deposit"], 12.5);
}

#[test]
fn a_further_key_is_one_of_an_account_that_is_there() {
    let environment = Environment::new();
    let said = environment.run("exchange keygen --account alex --further-key 2").failure(1);
    assert!(said.contains("there is no account `alex`") && said.contains("hint: "), "{said}");
    let first = environment.run("exchange keygen --account alex --kind ed25519").success();
    let second = environment.run("exchange keygen --account alex --kind ed25519 --further-key 2").success();
    assert_ne!(value(&first, "key_id"), value(&second, "key_id"));
    assert_eq!(value(&second, "key_file"), "[FOLDER]/alex-2.key.pem");
    let accounts: serde_json::Value = serde_json::from_str(&environment.read("exchange-accounts.json")).expect("JSON");
    assert_eq!(accounts["accounts"].as_array().map(Vec::len), Some(1));
    assert_eq!(accounts["further_keys"][0]["key_id"], value(&second, "key_id"));
    let said = environment.run("exchange keygen --account alex --further-key 2").failure(1);
    assert!(said.contains("never overwritten"), "{said}");
}

#[test]
fn an_unwritable_folder_is_reported() {
    let environment = Environment::new();
    environment.write("file", "");
    let said = environment.run("exchange keygen --account alex --out file/keys").failure(1);
    assert!(said.contains("cannot create the folder file/keys"), "{said}");
}
