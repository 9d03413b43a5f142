//! The forms that change something, and ways around their check.

use host_monitor::dashboard::access::Scope;

use crate::rig::{Rig, form_token, status};

/// The forms of people who may stop, with fields that would have an effect.
const FORMS: [(&str, &str); 4] =
    [("/stop", "sure=held"), ("/close", "sure=yes"), ("/note", "text=mine"), ("/logout", "")];

/// True if nothing was stopped or noted, and `cookie` is signed in still.
fn is_untouched(rig: &Rig, cookie: &str) -> bool {
    let page = rig.get("/", cookie);
    !rig.is_stopped() && status(&page) == "200" && page.contains("Nothing noted yet.")
}

#[test]
fn no_form_works_without_the_token_of_its_own_session() {
    let rig = Rig::new();
    let (own, other) = (rig.sign_in(Scope::Kill), rig.sign_in(Scope::Kill));
    let token = form_token(&rig.get("/stop", &own));
    let theirs = form_token(&rig.get("/stop", &other));
    let session = own.split('=').nth(1).unwrap().to_owned();
    for (path, fields) in FORMS {
        let check = |what: &str, given: &str, expect: &str| {
            let answer = rig.post(path, &own, &format!("{given}{fields}"));
            assert_eq!(status(&answer), expect, "{path} with {what}:\n{answer}");
        };
        check("no token", "", "422");
        check("an empty token", "token=&", "403");
        check("the token of another session", &format!("token={theirs}&"), "403");
        check("the session's own secret", &format!("token={session}&"), "403");
        check("half a token", &format!("token={}&", &token[..32]), "403");
        check("a longer token", &format!("token={token}0&"), "403");
        check("a right token and a wrong one", &format!("token={token}&token={theirs}&"), "422");
        check("a wrong token and a right one", &format!("token={theirs}&token={token}&"), "422");
        check("the token twice", &format!("token={token}&token={token}&"), "422");
        check("the token under another name", &format!("Token={token}&token[]={token}&"), "422");
    }
    assert!(is_untouched(&rig, &own));
    let signed_in = rig.post("/note", &own, &format!("token={token}&text=mine"));
    assert!(status(&signed_in) == "303" && rig.get("/", &own).contains("mine"), "{signed_in}");
}

#[test]
fn what_is_no_form_of_a_page_changes_nothing() {
    let rig = Rig::new();
    let cookie = rig.sign_in(Scope::Kill);
    let token = form_token(&rig.get("/stop", &cookie));
    let host = rig.host();
    for (path, fields) in FORMS {
        let body = format!("token={token}&{fields}");
        let length = body.len();
        for kind in ["text/plain", "multipart/form-data; boundary=x", "application/json", ""] {
            let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nContent-Type: {kind}\r\n");
            let answer = rig.send(&format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"));
            assert_eq!(status(&answer), "415", "{path} as {kind}:\n{answer}");
        }
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "post"] {
            let head = format!("{method} {path}?{body} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n");
            let answer = rig.ask(&head, &body);
            let shown = ["/stop", "/close"].contains(&path) && ["GET", "HEAD"].contains(&method);
            assert_eq!(status(&answer), if shown { "200" } else { "405" }, "{method} {path}:\n{answer}");
        }
        let in_address = rig.post(&format!("{path}?{body}"), &cookie, fields);
        assert_eq!(status(&in_address), "422", "{path} with the token in its address:\n{in_address}");
        let padded = rig.post(path, &cookie, &format!("{body}&padding={}", "x".repeat(16 * 1024)));
        assert!(status(&padded) == "413" || padded.is_empty(), "{path} with a long body:\n{padded}");
    }
    assert!(is_untouched(&rig, &cookie));
}

#[test]
fn other_ways_to_name_a_page_lead_nowhere() {
    let rig = Rig::new();
    let cookie = rig.sign_in(Scope::Kill);
    let token = form_token(&rig.get("/stop", &cookie));
    for path in ["//stop", "/stop/", "/./stop", "/x/../stop", "/STOP", "/%73top%2f", "/stop%00", "/stop;x", "/note/"] {
        let answer = rig.post(path, &cookie, &format!("token={token}&sure=yes&text=mine"));
        assert!(["404", "400"].contains(&status(&answer)), "{path}:\n{answer}");
    }
    for path in ["/market/..%2f..%2fhost.toml", "/market/%2e%2e", "/market/%00", "/market/'--"] {
        let answer = rig.get(path, &cookie);
        assert!(["404", "500"].contains(&status(&answer)) && !answer.contains("<html"), "{path}:\n{answer}");
    }
    assert!(is_untouched(&rig, &cookie));
}

#[test]
fn a_request_names_this_address_and_no_other() {
    let rig = Rig::new();
    let cookie = rig.sign_in(Scope::Kill);
    let port = rig.server.address().port();
    let own = rig.host();
    let check = |line: &str, hosts: &[&str], expect: &str| {
        let hosts: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
        let answer = rig.send(&format!("{line}\r\n{hosts}Cookie: {cookie}\r\nConnection: close\r\n\r\n"));
        assert_eq!(status(&answer), expect, "{line} {hosts}:\n{answer}");
    };
    let page = "GET /stop HTTP/1.1";
    check(page, &[&own], "200");
    check(page, &[&format!("[::1]:{port}")], "200");
    check(page, &[&format!("localhost:{port}")], "200");
    check(page, &[], "421");
    check("GET /stop HTTP/1.0", &[], "421");
    check(page, &[""], "421");
    check(page, &[&own, "evil.example"], "421");
    check(page, &["evil.example", &own], "421");
    check("GET http://evil.example/stop HTTP/1.1", &[&own], "421");
    check(&format!("GET http://{own}/stop HTTP/1.1"), &["evil.example"], "421");
    for other in ["[::ffff:127.0.0.1]", "[fe80::1]", "127.0.0.1.evil.example", "127.1", "0.0.0.0", "localhost."] {
        check(page, &[&format!("{other}:{port}")], "421");
    }
    check(page, &[&format!("{own}@evil.example")], "421");
    check(page, &[&format!("evil.example#{own}")], "421");
}

#[test]
fn two_cookies_that_differ_are_none() {
    let rig = Rig::new();
    let (one, other) = (rig.sign_in(Scope::View), rig.sign_in(Scope::Kill));
    let check = |cookies: &[&str], expect: &str| {
        let lines: String = cookies.iter().map(|cookie| format!("Cookie: {cookie}\r\n")).collect();
        let head = format!("GET /stop HTTP/1.1\r\nHost: {}\r\n{lines}", rig.host());
        assert_eq!(status(&rig.ask(&head, "")), expect, "{cookies:?}");
    };
    check(&[&one], "200");
    check(&[&format!("theme=dark; {one}; x")], "200");
    check(&[&format!("{one};{one}")], "200");
    check(&[&format!("{one}; {other}")], "303");
    check(&[&one, &other], "303");
    // The name that only browsers with TLS keep is not taken from one without.
    check(&[&one.replace("host-session", "__Host-host-session")], "303");
    check(&[&format!("{one}; {}", other.replace("host-session", "__Host-host-session"))], "200");
}
