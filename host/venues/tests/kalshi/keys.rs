//! Keys: which files are accepted, how requests are signed, and that nothing ever shows a key.

use aws_lc_rs::signature::{ED25519, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use host_exchange::server::accounts::KeyKind;
use host_venues::clock::Clock;
use host_venues::kalshi::Kalshi;

use crate::fake::{Fake, Keys, Reply, START};

fn error(keys: &Keys, settings: impl Fn(&mut host_venues::kalshi::KalshiSettings)) -> String {
    let mut changed = keys.settings();
    settings(&mut changed);
    let error = Kalshi::connect(&changed, Clock::wall()).expect_err("it must be refused");
    let shown = format!("{error} {error:?}");
    for line in keys.private_pem.lines().filter(|line| !line.starts_with("---")) {
        assert!(!shown.contains(line), "the key shows in {shown}");
    }
    error.to_string().replace(&keys.folder.path().display().to_string(), "")
}

fn body(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with("---")).collect::<String>()).unwrap()
}

fn envelope(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

#[test]
fn a_file_without_a_usable_key_is_refused_with_the_fix() {
    let keys = Keys::new(KeyKind::Ed25519);
    let check = |contents: &str, mode: u32, expect: &str| {
        keys.write(contents, mode);
        let error = error(&keys, |_| ());
        assert!(error.contains(expect), "{error}");
    };
    let damaged = keys.private_pem.replace("-----END", "!\n-----END");
    let cut = keys.private_pem.split("-----END").next().unwrap();
    let ec = STANDARD.decode(EC).unwrap();
    check(&keys.private_pem, 0o640, "can be read by others (mode 640): run `chmod 600 /kalshi.pem`");
    check(&keys.private_pem, 0o604, "chmod 600");
    check("", 0o600, "is no PEM file");
    check("the key is hunter2", 0o600, "is no PEM file");
    check(&"x".repeat(70_000), 0o600, "is no PEM file");
    check(&keys.public_pem, 0o600, "holds a public key");
    check(&envelope("CERTIFICATE", b"x"), 0o600, "holds a public key");
    check(&envelope("ENCRYPTED PRIVATE KEY", b"x"), 0o600, "openssl pkey -in OLD -out NEW");
    check(
        &envelope("RSA PRIVATE KEY", b"x").replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n"),
        0o600,
        "encrypted",
    );
    check(&envelope("EC PRIVATE KEY", b"x"), 0o600, "another kind");
    check(&envelope("OPENSSH PRIVATE KEY", b"x"), 0o600, "another kind");
    check(&envelope("PRIVATE KEY", &ec), 0o600, "another kind");
    check(&damaged, 0o600, "is damaged");
    check(cut, 0o600, "is damaged");
}

/// A P-256 key in PKCS#8, made for this test.
const EC: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdBDf1SNM0b6srq3X8k+4ZSrjtgfiqZJNtBdAlbaPq6ahRANC\
    AARMDZkwIjAor3f+DiZ4oMEiPTHfzlCFcB5m83oXMUdnpkNulqqlOL0W+DeSsRF7jjr3IeNf/0BmeEZSGlt+q3xw";

#[test]
fn a_missing_key_is_refused_with_the_fix() {
    let keys = Keys::new(KeyKind::Ed25519);
    let check = |change: &dyn Fn(&mut host_venues::kalshi::KalshiSettings), expect: &str| {
        let error = error(&keys, change);
        assert!(error.contains(expect), "{error}");
    };
    check(&|settings| settings.key_id.clear(), "set venue.key_id");
    check(&|settings| settings.key_id = "a\nb".to_owned(), "copy it again");
    check(&|settings| settings.key_file = "".into(), "set venue.key_file");
    check(&|settings| settings.key_file = "/no/such/file".into(), "/no/such/file does not exist");
    check(&|settings| settings.key_file = "/".into(), "is no file");
}

#[test]
fn a_key_pasted_where_its_file_belongs_is_not_repeated() {
    let keys = Keys::new(KeyKind::Ed25519);
    let body = keys.private_pem.lines().nth(1).unwrap().to_owned();
    let one_line = keys.private_pem.replace('\n', " ");
    let escaped = keys.private_pem.replace('\n', "\\n");
    for pasted in [keys.private_pem.clone(), one_line, escaped, format!("\n{body}"), format!("{body}\r")] {
        let error = error(&keys, |settings| settings.key_file = pasted.clone().into());
        assert!(error.contains("venue.key_file") && error.contains("the path of its file"), "{error}");
    }
}

#[test]
fn an_address_that_cannot_be_trusted_is_refused() {
    let keys = Keys::new(KeyKind::Ed25519);
    let check = |url: &str, expect: &str| {
        let error = error(&keys, |settings| settings.base_url = url.to_owned());
        assert!(error.contains(expect) && !error.contains("hunter2"), "{error}");
    };
    check("http://external-api.kalshi.com/trade-api/v2", "not encrypted");
    check("http://127.0.0.1.example.com/trade-api/v2", "not encrypted");
    check("ftp://example.com", "use `https`");
    check("https://me:hunter2@example.com/", "no user name or password");
    check("https://example.com/?key=hunter2", "leave out");
    check("trade-api", "no address");
}

#[tokio::test]
async fn an_address_without_a_path_is_used_as_it_is() {
    let keys = Keys::new(KeyKind::Ed25519);
    for end in ["", "/"] {
        let fake = Fake::start([Reply::Http(404, "{}".to_owned())]).await;
        let base_url = fake.url.replace("/trade-api/v2", end);
        let settings = host_venues::kalshi::KalshiSettings { base_url, ..keys.settings() };
        let kalshi = Kalshi::connect(&settings, Clock::stepped(&fake.url).await.unwrap()).unwrap();
        kalshi.exchange_status().await.unwrap_err();
        assert!(fake.seen()[0].head.starts_with("GET /exchange/status HTTP"), "{}", fake.seen()[0].head);
    }
}

#[tokio::test]
async fn each_kind_of_key_makes_signatures_that_the_venue_verifies() {
    let rsa: &dyn VerificationAlgorithm = &RSA_PSS_2048_8192_SHA256;
    let (pkcs8, ed25519) = (Keys::new(KeyKind::Rsa), Keys::new(KeyKind::Ed25519));
    let pkcs1 = Keys::new(KeyKind::Rsa);
    // In a key of 2,048 bits, the PKCS#1 part begins at byte 26 of the PKCS#8 form.
    pkcs1.write(envelope("RSA PRIVATE KEY", &body(&pkcs1.private_pem)[26..]), 0o600);
    for (keys, algorithm) in [(pkcs8, rsa), (pkcs1, rsa), (ed25519, &ED25519 as _)] {
        let fake = Fake::start([Reply::Http(200, r#"{"markets": [], "cursor": ""}"#.to_owned())]).await;
        let kalshi = fake.client(&keys).await;
        kalshi.quotes(&host_venues::model::MarketFilter::Open(vec![])).await.unwrap();
        let head = &fake.seen()[0].head;
        let header = |name: &str| {
            let line = head.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
            line.split_once(": ").unwrap().1.to_owned()
        };
        assert_eq!(header("kalshi-access-key"), "key-1");
        let time = header("kalshi-access-timestamp");
        assert_eq!(time, (START.0 / 1_000_000).to_string());
        let signature = STANDARD.decode(header("kalshi-access-signature")).unwrap();
        let text = format!("{time}GET/trade-api/v2/markets");
        // The library verifies with the bare key, so the header of the PEM's contents is cut off.
        let public = body(&keys.public_pem);
        let public = if public.len() > 100 { &public[24..] } else { &public[12..] };
        UnparsedPublicKey::new(algorithm, public).verify(text.as_bytes(), &signature).unwrap();
    }
}

#[tokio::test]
async fn nothing_shows_the_key() {
    let keys = Keys::new(KeyKind::Rsa);
    let fake = Fake::start([Reply::Http(401, r#"{"error": {"code": "unauthorized"}}"#.to_owned())]).await;
    let kalshi = fake.client(&keys).await;
    let error = kalshi.balance().await.unwrap_err();
    let shown = format!("{kalshi:?} {kalshi:#?} {error} {error:?} {:?}", fake.settings(&keys));
    assert!(error.to_string().contains("check the key id, the key file"), "{error}");
    let der = body(&keys.private_pem);
    let lines = keys.private_pem.lines().filter(|line| !line.starts_with("---")).map(str::to_owned);
    // A run of bytes as the debug format of a byte array shows them.
    let numbers = format!("{:?}", &der[200..210]);
    for canary in lines.chain([numbers.trim_matches(['[', ']']).to_owned()]) {
        assert!(!shown.contains(&canary), "the key shows in {shown}");
    }
}
