//! Help, usage errors, and the streams that the binary writes to.

use std::fs::File;
use std::process::Stdio;

use crate::support::environment::{Environment, assert_refused};

#[test]
fn help_lists_the_commands_and_exit_codes() {
    insta::assert_snapshot!(Environment::new().run("--help").success(), @"
    A trading host for prediction markets: a fixed engine, sandboxed strategies

    Usage: host [OPTIONS] <COMMAND>

    Commands:
      run        Trade strategies on synthetic markets, or at a venue: on paper, or with real money
      status     Show a live account's state, equity, positions, open orders, and what keeps it from
                 trading
      kill       Stop a live account: block new orders, cancel all open orders, and verify that none is
                 left
      resume     Let a stopped live account trade again; the reason is kept in its journal
      close      Close all positions of a live account: no entry leaves, and exits take the other side
                 of the book
      reload     Let a running host take up changed limits, alerts and schedules, without a restart
      settle     Close a market in a live account's books, at what it has paid
      swap       Let another version of a strategy take over its slot while the host trades
      slots      Show what runs in each slot of a live account: version, digest, state, fuel, faults,
                 and what waits to take over
      stage      Show or change the part of the capital that a live account trades with
      gonogo     Decide on evidence whether an account may trade real money
      drill      Rehearse a stop, an outage, a crash, a restore, limits and alerts
      journal    Note decisions about an account or a run, and list them with what was done by hand
      dashboard  Serve a dashboard for a phone: of a live account, with its stop, or of a paper run
      logs       Print the log of a live account: what the host told, and what strategies wrote
      notify     Try the channels that alerts take, and list what was sent through them
      backup     Copy a live account into one file, also while its host trades
      service    Run an account as a service of systemd
      doctor     Look at everything that a host needs, and say what is wrong and what cures it
      backtest   Back test strategies on a tape
      replay     Replay a journal, or show what another strategy would have done
      compare    Compare runs: their figures side by side, and the difference in P&L line by line
      review     Review a week of a run or an account
      calibrate  Fit the fill models to the orders of a live account
      report     Show the figures of a run, or write them as a tear sheet
      runs       List, show and remove the runs that back tests and paper trading have left
      build      Build a strategy's crate into a WebAssembly component
      inspect    Show a strategy's manifest, its parameters with their ranges, its imports, size, digest
                 and signer
      check      Check that a strategy is valid, self-contained and deterministic, and show its resource
                 use against its limits
      sign       Sign a component, so that others can verify who vouches for it, or make a key pair to
                 sign with
      trust      Edit the list of keys whose signatures count, confirm unsigned components, and trust
                 folders to be built
      exchange   Serve the embedded exchange over Kalshi's protocol, to trade without real money
      data       Create and describe market-data tapes
      config     Write or show the configuration
      help       Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
          --config <FILE>
              Read the configuration from FILE instead of host.toml, here or above

          --set <SECTION.KEY=VALUE>
              Set a configuration key, such as risk.max_daily_loss=100 (repeatable)

      -v, --verbose...
              Print more to stderr; repeat for more detail

      -q, --quiet
              Print only errors to stderr

          --color <WHEN>
              Use of colour; NO_COLOR is respected

              Possible values:
              - auto:   On a terminal, unless NO_COLOR is set
              - always: Always
              - never:  Never
              
              [default: auto]

    Exit codes:
        0  done
        1  bad input, bad configuration
        2  bad command line
        3  venue or network failed
        4  refused by the risk manager
        5  a strategy failed
       10  no-go
      101  a bug in the host
      130  cut short by Ctrl-C
      143  cut short by SIGTERM
    ");
}

#[test]
fn every_command_shows_examples_in_its_help() {
    for command in [
        "run",
        "backtest",
        "replay",
        "report",
        "swap",
        "slots",
        "stage show",
        "stage up",
        "gonogo",
        "gonogo sign",
        "drill",
        "stage down",
        "journal add",
        "journal list",
        "journal export",
        "build",
        "inspect",
        "sign",
        "trust add",
        "trust list",
        "trust remove",
        "trust confirm",
        "trust folder",
        "check",
        "exchange",
        "exchange keygen",
        "data import",
        "data generate",
        "data info",
        "runs list",
        "runs show",
        "runs prune",
        "config init",
        "config show",
    ] {
        let help = Environment::new().run(&format!("{command} --help")).success();
        assert!(help.contains("Examples:\n  host "), "{command}: {help}");
    }
}

#[test]
fn a_wrong_command_line_exits_with_2_and_a_suggestion() {
    let check = |args: &str, expect: &str| {
        let said = Environment::new().run(args).failure(2);
        assert!(said.contains(expect), "{args}: {said}");
    };
    check("bakctest", "'backtest'");
    check("data imprt", "'import'");
    check("config show --fromat json", "'--format'");
    check("config show --format jsno", "json");
    check("config show --set feed.poll", "--set section.key=value");
    check("data generate --out x --for 8moo", "8mo");
    check("data generate --out x --poll 0s", "at least 1s");
    check("data generate --out x --start yesterday", "2026-01-31");
    check("data generate", "--out");
    check("-v -q config show", "cannot be used with");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let environment = Environment::new();
    let mut child =
        environment.command("-q config show").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn colour_comes_only_when_asked_for() {
    let environment = Environment::new();
    let coloured = |args: &str| environment.run(args).stderr.contains('\x1b');
    assert!(!coloured("config show --set x"));
    assert!(coloured("--color always config show --set x"));
    assert!(coloured("--color=always nonsense"));
    assert!(!coloured("--color never nonsense"));
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        println!("skipped: no /dev/full");
        return;
    };
    let environment = Environment::new();
    let mut command = environment.command("config show");
    let output = command.stdout(full).stderr(Stdio::piped()).output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
}

#[test]
fn unwritable_paths_are_reported() {
    let file = |environment: &Environment| drop(environment.write("file", ""));
    assert_refused(file, "config init --out file/host.toml", 1, &["cannot write file/host.toml"]);
    assert_refused(file, "data generate --markets 1 --for 1h --out file/tape", 1, &["cannot write the tape file/tape"]);
}
