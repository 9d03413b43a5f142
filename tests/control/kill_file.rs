//! The file `KILLED` in the account's folder is the kill switch, whoever wrote it.

use crate::support::environment::Environment;

const CONFIG: &str = "[live]\naccount = \"alex\"\n";

#[test]
fn any_kill_file_stops_trading_until_a_resume() {
    let check = |content: &[u8], words: &str| {
        let environment = Environment::new();
        environment.write("host.toml", CONFIG);
        environment.write("live/kalshi-alex/KILLED", content);
        let said = environment.run("status").success();
        assert!(said.contains("KILLED at") && said.contains(words), "{said}");

        let said = environment.run("resume --reason over").success();
        assert!(said.starts_with("resumed from the kill of"), "{said}");
        assert!(!environment.path("live/kalshi-alex/KILLED").exists());
        let said = environment.run("status").success();
        assert!(said.contains("not engaged") && said.contains("resumes: over"), "{said}");
    };
    check(b"", "was made by hand");
    check(b"stop", "says: stop");
    check(b"{\"time\": \"now\", \"by\": \"me\"}", "says: {");
    check(br#"{"time": "2026-10-01", "by": "alex", "reason": "bad day"}"#, "by alex: bad day");
}

#[test]
fn a_kill_revokes_an_earlier_resume() {
    let environment = Environment::new();
    environment.write("host.toml", CONFIG);
    environment.write("live/kalshi-alex/KILLED", "");
    let _ = environment.run("resume --reason over").success();
    assert!(environment.path("live/kalshi-alex/RESUMED").exists());
    // Without a key the kill latches and then fails, which is enough here.
    let _ = environment.run("kill").failure(3);
    assert!(!environment.path("live/kalshi-alex/RESUMED").exists());
}
