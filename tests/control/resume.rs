//! `host resume` if no host runs: it requires a reason, and leaves a note for the next start.

use crate::support::environment::Environment;

#[test]
fn resume_requires_a_reason() {
    let environment = Environment::new();
    environment.write("host.toml", "[live]\naccount = \"alex\"\n");
    environment.write("live/kalshi-alex/KILLED", "");
    for args in [&["resume"][..], &["resume", "--reason", ""], &["resume", "--reason", "  "]] {
        let output = environment.command("").args(args).output().expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("a resume needs a reason"), "{said}");
        assert!(environment.path("live/kalshi-alex/KILLED").exists());
        assert!(!environment.path("live/kalshi-alex/RESUMED").exists());
    }
}

#[test]
fn the_resume_note_for_the_next_start_says_who_and_why() {
    let environment = Environment::new().with("USER", "alex");
    environment.write("host.toml", "[live]\naccount = \"alex\"\n");
    environment.write("live/kalshi-alex/KILLED", "");
    let _ = environment.run("resume --reason explained").success();
    let note: serde_json::Value = serde_json::from_str(&environment.read("live/kalshi-alex/RESUMED")).expect("JSON");
    assert_eq!((&note["by"], &note["reason"]), (&"alex (host resume)".into(), &"explained".into()));
}

#[test]
fn an_account_that_does_not_exist_cannot_be_resumed() {
    let environment = Environment::new();
    environment.write("host.toml", "[live]\naccount = \"alex\"\n");
    let said = environment.run("resume --reason over").failure(1);
    assert!(said.contains("there is no live account in [FOLDER]/live/kalshi-alex"), "{said}");
}
