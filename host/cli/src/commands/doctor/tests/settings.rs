//! Settings, keys, ports, the dashboard, alerts, and what the machine brings.

use std::net::TcpListener;

use super::*;
use crate::commands::doctor::{alerts, configuration, dashboard, keys, limits, ports, time_zones};

/// All limits that a live start asks for.
const LIMITS: &str = "[risk]\nmax_position_size = 100\nmax_position_value = 50.0\nmax_order_size = 50\n\
    max_daily_loss = 100.0\nmax_portfolio_exposure = 500.0\nmax_category_exposure = 300.0\n\
    max_price_deviation = 0.05\nmax_volume_fraction = 0.1\nmin_spread = 0.01\n";

#[test]
fn problems_of_the_configuration_are_found_one_by_one() {
    let found = configuration::look(&patient("[capital]\ntraget = 1\nstage = 0.3\n"));
    assert_eq!(wrong(&found), ["config_problem", "config_problem"]);
    finds(&found, "config_problem", &["host.toml:2", "did you mean `capital.target`"]);
    finds(&found[1..], "config_problem", &["host.toml:3", "must be 0.25"]);
    assert_eq!(wrong(&configuration::look(&patient(""))), [""; 0]);
    let changed = configuration::look(&patient("[exchange]\nfill_model = \"probabilistic\"\n"));
    finds(&changed, "config_changed", &["host.toml:2", "`coin`"]);
}

#[test]
fn a_renamed_key_gets_its_new_name_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("host.toml");
    write(&file, "# Mine.\n[live]\n# Long enough.\nverify_flat = \"75s\"\naccount = \"alex\"\n", 0o644);
    let look = || {
        let examined = crate::config::examine(Some(&file), &[]).unwrap();
        configuration::look(&Patient::new(examined, None, Timestamp(0)).unwrap())
    };
    cures(look, "config_renamed", &["`live.verify_flat` has been renamed to `live.cancel_timeout`"]);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text, "# Mine.\n[live]\naccount = \"alex\"\n# Long enough.\ncancel_timeout = \"75s\"\n");
    // Where the new name is set too, it holds, and the old one goes.
    write(&file, "[live]\nverify_flat = \"75s\"\ncancel_timeout = \"20s\"\n", 0o644);
    cures(look, "config_renamed", &[]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "[live]\ncancel_timeout = \"20s\"\n");
}

#[test]
fn a_folder_that_was_named_and_is_not_there_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = folder.path().join("disk/accounts");
    let text = format!("[live]\nfolder = \"{}\"\n", accounts.display());
    cures(|| configuration::look(&patient(&text)), "folder_missing", &["host.toml:2", "live.folder", "is not there"]);
    assert_eq!(fs::metadata(&accounts).unwrap().permissions().mode() & 0o777, 0o700);
    if !chown_away(&accounts) {
        return;
    }
    finds(&configuration::look(&patient(&text)), "folder_not_yours", &["belongs to another user"]);
}

/// Gives what is at `path` to another user. Returns false, and says so, where only the administrator may do that.
pub fn chown_away(path: &Path) -> bool {
    let given = std::os::unix::fs::chown(path, Some(12_345), None).is_ok();
    if !given {
        println!("skipped: only the administrator can give a file away");
    }
    given
}

#[test]
fn limits_that_nobody_has_set_are_named() {
    let live = "[venue]\nkey_id = \"k\"\n[live]\naccount = \"doctor-test\"\n";
    let found = limits::look(&patient(&format!("{live}[risk]\nmax_daily_loss = 10.0\n")));
    let said = finds(&found, "limits_undecided", &["not set by you", "risk.max_order_size"]);
    assert!(!said.finding.contains("max_daily_loss"), "{said:?}");
    assert_eq!(said.severity, Condition::Problem);
    assert!(said.cure.unwrap().contains("max_order_size = "));
    // On paper it is early to decide.
    assert_eq!(limits::look(&patient(""))[0].severity, Condition::Warning);
    assert_eq!(wrong(&limits::look(&patient(&format!("{LIMITS}{live}")))), [""; 0]);
}

#[test]
fn slots_that_can_stop_each_other_are_told_of() {
    let slots = |own: &str| format!("{LIMITS}[slot.a]\n{own}[slot.b]\n{own}");
    let found = limits::look(&patient(&slots("max_daily_loss = 40.0\n")));
    let said = finds(&found, "slots_share_limits", &["the slots a, b", "max_exposure 1000.00 of", "1080.00 of"]);
    assert_eq!(said.severity, Condition::Warning);
    assert!(said.cure.unwrap().contains("[slot.NAME]"));
    let shares = "max_exposure = 20.0\nmax_daily_loss = 30.0\nmax_drawdown = 30.0\nmax_open_positions = 2\n\
        max_messages_per_minute = 60\nmax_consecutive_losses = 5\n";
    let found = limits::look(&patient(&slots(shares)));
    assert!(found.iter().all(|one| one.code != "slots_share_limits"), "{found:?}");
}

#[test]
fn a_key_that_others_can_read_or_nobody_can_use_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.pem");
    let text =
        format!("[venue]\nkey_id = \"k\"\nkey_file = \"{}\"\n[live]\naccount = \"doctor-test\"\n", key.display());
    let look = || keys::look(&patient(&text));
    finds(&look(), "key_unusable", &["cannot be read"]);
    write(&key, "noise", 0o644);
    cures(look, "key_open", &["mode 0644"]);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    finds(&look(), "key_unusable", &["key.pem"]);
    let no_id = keys::look(&patient("[venue]\nkey_file = \"/nowhere\"\n[live]\naccount = \"doctor-test\"\n"));
    finds(&no_id, "key_unusable", &["venue.key_id is not set"]);
    assert_eq!(wrong(&keys::look(&patient(""))), [""; 0]);
}

#[test]
fn secrets_that_others_can_read_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (password, address) = (folder.path().join("password"), folder.path().join("address"));
    write(&password, "hunter2", 0o640);
    write(&address, "https://example.com/x", 0o600);
    let text = format!(
        "[alerts.mail]\nserver = \"smtp.example.com\"\nuser = \"a\"\npassword_file = \"{}\"\nfrom = \"a@example.com\"\n\
         to = [\"a@example.com\"]\n[[alerts.webhook]]\nkind = \"json\"\nurl_file = \"{}\"\n",
        password.display(),
        address.display()
    );
    finds(&alerts::look(&patient(&text), false).unwrap(), "alerts_unusable", &["others can read it"]);
    cures(|| keys::look(&patient(&text)), "secret_open", &["password", "mode 0640"]);
    assert_eq!(wrong(&alerts::look(&patient(&text), false).unwrap()), ["heartbeat_none"]);
}

#[test]
fn alerts_that_reach_nobody_are_found() {
    let nobody = alerts::look(&patient(""), false).unwrap();
    finds(&nobody, "alerts_none", &["nobody is told"]);
    finds(&nobody, "heartbeat_none", &["nobody notices"]);
    // A port on which nobody listens.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = format!("[[alerts.webhook]]\nkind = \"json\"\nurl = \"http://127.0.0.1:{port}/\"\n");
    assert!(alerts::look(&patient(&text), false).unwrap()[0].finding.contains("nothing was sent"));
    finds(&alerts::look(&patient(&text), true).unwrap(), "alerts_failed", &["json does not deliver"]);
}

#[test]
fn a_port_that_somebody_else_has_is_found() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let text = format!("[dashboard]\nenabled = true\nlisten = \"{}\"\n", other.local_addr().unwrap());
    let found = finds(&ports::look(&patient(&text)), "port_unusable", &["cannot be listened on", "in use"]);
    assert_eq!(found.severity, Condition::Problem);
    let unserved = text.replace("true", "false");
    assert_eq!(finds(&ports::look(&patient(&unserved)), "port_unusable", &[]).severity, Condition::Warning);
    drop(other);
    assert_eq!(wrong(&ports::look(&patient(&text))), [""; 0]);
}

#[test]
fn a_dashboard_that_strangers_can_reach_is_found() {
    let look = |text: &str| dashboard::look(&patient(&format!("[dashboard]\nenabled = true\n{text}")));
    finds(&look("listen = \"0.0.0.0:8787\"\n"), "dashboard_open", &["can be reached from other machines"]);
    finds(&look("listen = \"0.0.0.0:8787\"\nbehind_proxy = true\n"), "dashboard_exposed", &["without TLS"]);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        let path = folder.path().join(name);
        write(&path, "noise", 0o600);
        path.display().to_string()
    };
    let tls = format!("certificate = \"{}\"\ncertificate_key = \"{}\"\n", file("c.pem"), file("k.pem"));
    finds(&look(&tls), "certificate_unusable", &["c.pem"]);
    assert_eq!(wrong(&look("")), [""; 0]);
}

#[test]
fn time_zones_that_are_older_than_the_systems_are_found() {
    finds(&[time_zones::judge(Some("2999a"))], "time_zones_old", &["2999a"]);
    for system in [Some("2001a"), Some(host_monitor::alerts::TIME_ZONE_DATA), None] {
        assert_eq!(wrong(&[time_zones::judge(system)]), [""; 0], "{system:?}");
    }
}
