//! What a person controls a live account with, as he meets it: whole processes against a real exchange on a loopback port.
//!
//! The host that runs is this test binary itself, started again with [`socket_host::a_host`] alone: it serves the control socket, and
//! its loop does what the test wants, also nothing at all.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod control_socket;
mod exchange;
mod kill_file;
mod kill_trading_host;
mod kill_without_host;
mod resume;
mod socket_host;
mod status;
#[path = "../support/mod.rs"]
mod support;

use exchange::Exchange;
use support::environment::Environment;

/// The configuration of the account `alex` at `exchange`, in an environment of its own.
fn account(exchange: &Exchange) -> Environment {
    let environment = Environment::new();
    environment.write("key.pem", &exchange.key);
    let only_owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(environment.path("key.pem"), only_owner).expect("permissions");
    environment.write(
        "host.toml",
        format!(
            "[live]\naccount = \"alex\"\nverify_flat = \"2m\"\n[venue]\nbase_url = \"http://{}/trade-api/v2\"\nkey_id = \"key-of-alex\"\n\
             key_file = \"key.pem\"\n",
            exchange.address
        ),
    );
    environment
}
