//! Clients of others, unmodified, work against a real process as they do against the venue: both refuse an answer that
//! lacks a field which the venue sends.
//!
//! The packages are installed from the user's package index into virtual environments beside the build.
//! `HOST_SKIP_SDK` skips the tests where that is not possible or not wanted.

use crate::keygen::value;
use crate::sdk::{check, write_tape};
use crate::support::environment::Environment;
use crate::support::process::Running;
use crate::support::python::python_with;

fn run(module: &str, packages: &[&str], options: &[&str], script: &str, least_calls: u32) {
    if std::env::var_os("HOST_SKIP_SDK").is_some() {
        println!("skipped: HOST_SKIP_SDK is set");
        return;
    }
    let python = python_with(module, packages, options)
        .unwrap_or_else(|why| panic!("{module} cannot be had (`HOST_SKIP_SDK=1` goes without it): {why}"));
    let environment = Environment::new();
    let printed = environment.run("exchange keygen --account alex --kind rsa").success();
    let keys = [value(&printed, "key_id"), "alex.key.pem".to_owned()];
    write_tape(&environment);
    let exchange = Running::start_now(&environment, "--tape tape --simulation");
    check(&python, script, &environment, &exchange, &keys, least_calls);
}

#[test]
fn an_asynchronous_client_of_others_works_unmodified() {
    // The metadata of the package require a newer Python than it needs.
    run("kalshi", &["kalshi-sdk==22.4.0"], &["--ignore-requires-python"], "async_sdk.py", 90);
}

#[test]
fn a_second_client_of_others_works_unmodified() {
    run("pykalshi", &["pykalshi-client==1.3.0"], &[], "pykalshi_client.py", 100);
}
