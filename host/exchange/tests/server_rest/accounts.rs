//! The accounts file.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;
use host_exchange::venue::AccountId;
use host_exchange::venue::MemberId;

/// Returns a path for a file of this test.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("accounts-{name}"))
}

fn account(name: &str, key_id: &str) -> AccountEntry {
    AccountEntry {
        name: name.to_owned(),
        key_id: key_id.to_owned(),
        public_key_pem: keys()[1].1.clone(),
        deposit: Usd::dollars(250),
        tier: Tier::Advanced,
    }
}

#[test]
fn a_saved_file_loads_and_only_its_owner_can_read_it() {
    let (path, accounts) = (
        file("good.json"),
        Accounts { accounts: vec![account("ann", "a"), account("bob", "b")], ..Accounts::default() },
    );
    for _ in 0..2 {
        accounts.save(&path).expect("to save");
    }
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Accounts::load(&path).expect("to load"), accounts);
    let mut venue = Venue::new(VenueSettings::default(), START);
    accounts.join(&mut venue).expect("to join");
    assert_eq!(venue.member(MemberId(3)).unwrap().name, "bob");
    assert_eq!(venue.balance(AccountId::primary(MemberId(3))).cash, Usd::dollars(250));
}

#[test]
fn an_invalid_file_is_refused_with_the_reason() {
    let check = |name: &str, text: &str, expect: &str| {
        let path = file(name);
        std::fs::write(&path, text).unwrap();
        let error = Accounts::load(&path).expect_err("an error").to_string();
        assert!(error.contains(expect) && error.contains(name), "{error}");
    };
    check("broken.json", "{", "is not an accounts file");
    check("unknown.json", r#"{"accounts": [], "extra": 1}"#, "unknown field `extra`");
    let deposit = r#"{"accounts": [{"name": "a", "key_id": "a", "public_key_pem": "", "deposit": "much"}]}"#;
    check("deposit.json", deposit, "expected f64");
    let error = Accounts::load(&file("missing.json")).expect_err("an error").to_string();
    assert!(error.contains("cannot read the accounts file"), "{error}");
}

#[test]
fn invalid_accounts_are_refused() {
    let check = |accounts: Vec<AccountEntry>, expect: &str| {
        let mut venue = Venue::new(VenueSettings::default(), START);
        let error = Accounts { accounts, ..Accounts::default() }.join(&mut venue).expect_err("an error").to_string();
        assert!(error.contains(expect), "{error}");
    };
    check(vec![account("ann", "a"), account("ann", "b")], "account `ann`: its name or key id is taken");
    check(vec![account("ann", "a"), account("bob", "a")], "account `bob`: its name or key id is taken");
    check(vec![AccountEntry { public_key_pem: "none".into(), ..account("ann", "a") }], "not a public key in PEM");
    let private = keys()[1].0.clone();
    check(vec![AccountEntry { public_key_pem: private, ..account("ann", "a") }], "not a public key in PEM");
    let junk = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".to_owned();
    check(vec![AccountEntry { public_key_pem: junk, ..account("ann", "a") }], "neither an RSA key");
    check(vec![AccountEntry { deposit: Usd::micros(-1), ..account("ann", "a") }], "a deposit must be positive");
}
