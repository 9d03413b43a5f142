use std::fs;
use std::os::unix::fs::PermissionsExt;

use host_live::preflight::{check_settings, require};
use host_live::refusal::{Checked, Refusal};

use super::*;
use crate::config::load_text;

fn refusals_of(loaded: &Loaded) -> Vec<Refusal> {
    check_settings(&unset_limits(loaded), TradingMode::Live, &loaded.config.live, &loaded.config.venue)
}

/// Returns a complete configuration, with a key file in `folder`.
fn complete(folder: &std::path::Path) -> String {
    let key = folder.join("key.pem");
    fs::write(&key, "no key, but a file").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    format!(
        "[risk]\nmax_position_size = 100\nmax_position_value = 500\nmax_order_size = 50\nmax_daily_loss = 200\n\
         max_portfolio_exposure = 2000\nmax_category_exposure = 800\nmax_price_deviation = 0.1\n\
         max_volume_fraction = 0.03\nmin_spread = 0.01\n\
         [live]\naccount = \"alex\"\n[venue]\nkey_id = \"key-1\"\nkey_file = \"{}\"\n",
        key.display()
    )
}

#[test]
fn each_missing_setting_is_refused_with_its_fix() {
    let folder = tempfile::tempdir().unwrap();
    let text = complete(folder.path());
    let check = |without: &str, what: &str, fix: &str| {
        let text: Vec<&str> = text.lines().filter(|line| without.is_empty() || !line.starts_with(without)).collect();
        let refusals = refusals_of(&load_text(&text.join("\n"), &[]).unwrap());
        let (said, fixes): (Vec<_>, Vec<_>) = refusals.into_iter().map(|refusal| (refusal.what, refusal.fix)).unzip();
        assert_eq!(said.len(), usize::from(!what.is_empty()), "{without}: {said:?}");
        assert!(said.concat().contains(what) && fixes.concat().contains(fix), "{without}: {said:?} {fixes:?}");
    };
    check("", "", "");
    check("account", "live.account is not set", "[live]\naccount = ");
    check("key_id", "venue.key_id is not set", "HOST_VENUE__KEY_ID");
    check("key_file", "venue.key_file is not set", "HOST_VENUE__KEY_FILE");
    check("max_position_size", "not set by you: risk.max_position_size", "[risk]\nmax_position_size = 100");
    check("max_position_value", "risk.max_position_value", "max_position_value = 500");
    check("max_order_size", "risk.max_order_size", "max_order_size = 50");
    check("max_daily_loss", "risk.max_daily_loss", "max_daily_loss = 200");
    check("max_portfolio_exposure", "risk.max_portfolio_exposure", "max_portfolio_exposure = 2000");
    check("max_category_exposure", "risk.max_category_exposure", "max_category_exposure = 800");
    check("max_price_deviation", "risk.max_price_deviation", "max_price_deviation = 0.1");
    check("max_volume_fraction", "risk.max_volume_fraction", "max_volume_fraction = 0.03");
    check("min_spread", "risk.min_spread", "min_spread = 0.01");
}

#[test]
fn a_key_file_must_be_readable_by_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = load_text(&complete(folder.path()), &[]).unwrap();
    let key = &loaded.config.venue.key_file;
    let check = |mode: u32, what: Option<&str>| {
        fs::set_permissions(key, fs::Permissions::from_mode(mode)).unwrap();
        let refusals = refusals_of(&loaded);
        assert_eq!(refusals.len(), usize::from(what.is_some()), "{mode:o} {refusals:?}");
        assert!(refusals.iter().all(|refusal| refusal.what.contains(what.unwrap_or_default())), "{refusals:?}");
    };
    check(0o600, None);
    check(0o400, None);
    check(0o640, Some("can be read by others (mode 0640)"));
    check(0o604, Some("can be read by others (mode 0604)"));
    check(0o620, Some("can be read by others (mode 0620)"));
    fs::remove_file(key).unwrap();
    assert!(refusals_of(&loaded)[0].what.contains("cannot be read"));
    fs::create_dir(key).unwrap();
    assert!(refusals_of(&loaded)[0].what.contains("is no file"));
}

#[test]
fn everything_that_is_missing_is_reported_at_once() {
    let refusals = refusals_of(&load_text("[risk]\nmax_daily_loss = 10\n", &[]).unwrap());
    let report = Report::from(require(Checked::Settings, refusals).unwrap_err());
    assert_eq!(report.kind(), Kind::Config);
    insta::assert_snapshot!(report.render(false).to_string(), @r#"
    error: not started: real money needs more than this
      limits that are not set by you: risk.max_position_size, risk.max_position_value, risk.max_order_size, risk.max_portfolio_exposure, risk.max_category_exposure, risk.max_price_deviation, risk.max_volume_fraction, risk.min_spread
      live.account is not set: it names the account, is confirmed at each start, and names its folder
      venue.key_id is not set
      venue.key_file is not set

    hint: decide on each, then write into host.toml (these are the defaults):
          [risk]
          max_position_size = 100.0
          max_position_value = 500.0
          max_order_size = 50.0
          max_portfolio_exposure = 2000.0
          max_category_exposure = 800.0
          max_price_deviation = 0.1
          max_volume_fraction = 0.03
          min_spread = 0.01
    hint: write into host.toml:
          [live]
          account = "a name of your choice"
    hint: write venue.key_id into host.toml, or set HOST_VENUE__KEY_ID; the venue shows the id beside the key
    hint: write venue.key_file into host.toml, or set HOST_VENUE__KEY_FILE: the path of the private key (PEM)
    "#);
    assert!(require(Checked::Settings, Vec::new()).is_ok());
}
