//! Controlling a live account: `host kill`, `host resume` and `host status`, the kill file and signals. Whole
//! processes, against an exchange on a loopback port.
//!
//! Three kinds of host stand on the other side: none; one that only serves the control socket, while its loop works,
//! refuses or hangs as the test wants (this test binary itself, started again with [`socket_host::host_process`]
//! alone); and one that trades.

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

/// An environment with the configuration and the key of the account `alex` at `exchange`.
fn account(exchange: &Exchange) -> Environment {
    let environment = Environment::new();
    environment.write("key.pem", &exchange.key);
    let only_owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(environment.path("key.pem"), only_owner).expect("permissions");
    environment.write(
        "host.toml",
        format!(
            "[feed]\npoll = \"1s\"\n[live]\naccount = \"alex\"\ncancel_timeout = \"2m\"\n\
             [venue]\nbase_url = \"http://{}/trade-api/v2\"\n\
             key_id = \"key-of-alex\"\nkey_file = \"key.pem\"\n",
            exchange.address
        ),
    );
    environment
}
