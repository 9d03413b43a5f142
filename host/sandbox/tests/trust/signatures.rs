//! A signature verifies; no file that differs from it does, and none ends in a panic.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use host_sandbox::trust::{
    DetachedSignature, KeyError, PublicKey, SecretKey, SecretKeyError, SignatureFault, is_encrypted, new_pair,
    read_beside, signature_path,
};
use host_sandbox::{Cache, Sandbox, SandboxLimits};
use proptest::prelude::*;

use crate::pair;

const BYTES: &[u8] = b"a component";

/// A key and its signature of [`BYTES`].
static SIGNED: LazyLock<(PublicKey, String)> = LazyLock::new(|| {
    let (public, secret) = pair();
    let signature = secret.sign(BYTES, "timestamp:1795953600\tfile:x.wasm").unwrap();
    (public, signature)
});

/// Returns true if `content` is a signature of `bytes` by the key.
fn verifies(content: &[u8], bytes: &[u8]) -> bool {
    DetachedSignature::parse(content).is_ok_and(|signature| signature.verifies(bytes, &SIGNED.0))
}

/// The place at which the second line begins: before it stands the untrusted comment, which nothing vouches for.
fn trusted_from(content: &str) -> usize {
    content.find('\n').unwrap() + 1
}

#[test]
fn a_signature_is_of_its_key_its_bytes_and_its_comment() {
    let (public, content) = &*SIGNED;
    let signature = DetachedSignature::parse(content.as_bytes()).unwrap();
    assert!(signature.verifies(BYTES, public));
    assert_eq!(signature.key_id(), public.id());
    assert_eq!(signature.comment(), "timestamp:1795953600 file:x.wasm");
    assert!(!signature.verifies(b"a component.", public));
    assert!(!signature.verifies(b"", public));
    assert!(!signature.verifies(BYTES, &pair().0));
    let commented = content.replace("file:x.wasm", "file:y.wasm");
    assert!(!DetachedSignature::parse(commented.as_bytes()).unwrap().verifies(BYTES, public));
    let remarked = content.replacen("signature from", "remark on", 1);
    assert!(DetachedSignature::parse(remarked.as_bytes()).unwrap().verifies(BYTES, public));
}

#[test]
fn each_flipped_bit_is_found() {
    let content = &SIGNED.1;
    for place in trusted_from(content)..content.len() - 1 {
        for bit in 0..8 {
            let mut flipped = content.clone().into_bytes();
            flipped[place] ^= 1 << bit;
            assert!(!verifies(&flipped, BYTES), "byte {place}, bit {bit}");
        }
    }
}

#[test]
fn files_that_are_no_signature_are_damaged() {
    let content = &SIGNED.1;
    let lines: Vec<&str> = content.lines().collect();
    let check = |content: &[u8]| {
        let fault = DetachedSignature::parse(content).unwrap_err();
        assert!(matches!(fault, SignatureFault::Damaged(_)), "{fault}");
        assert!(fault.to_string().starts_with("its signature cannot be read: "), "{fault}");
    };
    check(b"");
    check(b"\xff\xfe");
    check(b"untrusted comment: nothing\n");
    check(lines[..3].join("\n").as_bytes());
    check(format!("{content}more\n").as_bytes());
    check(content.replace("trusted comment: ", "").as_bytes());
    // The global signature cut to 32 bytes, and to nothing.
    check(content.replace(lines[3], &format!("{}=", &lines[3][..43])).as_bytes());
    check(content.replace(lines[3], "").as_bytes());
    // Another algorithm.
    check(content.replace(lines[1], &format!("RX{}", &lines[1][2..])).as_bytes());
    check(&[content.as_bytes(), &vec![b'x'; 100_000]].concat());
}

#[test]
fn a_signature_is_found_beside_its_file_and_read_no_further_than_it_can_be_long() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.wasm");
    assert!(read_beside(&file).unwrap().is_none());
    assert_eq!(signature_path(&file), folder.path().join("x.wasm.minisig"));
    std::fs::write(signature_path(&file), vec![b'x'; 1_000_000]).unwrap();
    let too_long = read_beside(&file).unwrap().unwrap();
    assert!(matches!(DetachedSignature::parse(&too_long), Err(SignatureFault::Damaged(_))), "it is there");
    std::fs::remove_file(signature_path(&file)).unwrap();
    std::fs::create_dir(signature_path(&file)).unwrap();
    assert!(read_beside(&file).is_err(), "something that cannot be read is not nothing");
}

#[test]
fn pipes_and_devices_are_read_neither_as_a_component_nor_as_its_signature() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(SandboxLimits::default(), Cache::at(folder.path())).unwrap();
    let file = folder.path().join("x.wasm");
    let check = |path: &Path| {
        let said = sandbox.load(path).unwrap_err();
        let reason = std::error::Error::source(&said).map_or_else(|| said.to_string(), ToString::to_string);
        assert!(reason.contains("it is no file, but a pipe or a device"), "{reason}");
    };
    check(Path::new("/dev/zero"));
    make_pipe(&file);
    check(&file);
    make_pipe(&signature_path(&file));
    let said = read_beside(&file).unwrap_err().to_string();
    assert_eq!(said, "it is no file, but a pipe or a device");
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn public_keys_are_read_in_one_form_and_secret_ones_are_never_printed() {
    let (public, secret) = new_pair(None).unwrap();
    let text = public.to_string();
    let check = |text: &str, expect: Result<&PublicKey, KeyError>| {
        assert_eq!(text.parse::<PublicKey>().as_ref(), expect.as_ref().copied(), "{text}");
    };
    check(&text, Ok(&public));
    check(&format!("  {text}\n"), Ok(&public));
    check(&public.file(), Ok(&public));
    check(&secret, Err(KeyError::Secret));
    check(&text[..55], Err(KeyError::NoKey));
    check(&format!("{}=", &text[..55]), Err(KeyError::NoKey));
    check(&text.replacen("RW", "RX", 1), Err(KeyError::NoKey));
    check(&text.replacen("RW", "SW", 1), Err(KeyError::NoKey));
    check("", Err(KeyError::NoKey));
    let line = secret.lines().nth(1).unwrap();
    for said in [KeyError::Secret.to_string(), format!("{:?}", SecretKey::open(&secret, None).unwrap())] {
        assert!(!said.contains(line) && !said.contains(&line[80..120]), "{said}");
    }
}

#[test]
fn a_password_opens_its_key_and_no_other_does() {
    let (public, secret) = new_pair(Some("correct horse".to_owned())).unwrap();
    assert_eq!(is_encrypted(&secret), Ok(true));
    let open = |password: Option<&str>| SecretKey::open(&secret, password.map(str::to_owned));
    let content = open(Some("correct horse")).unwrap().sign(BYTES, "x").unwrap();
    assert!(DetachedSignature::parse(content.as_bytes()).unwrap().verifies(BYTES, &public));
    assert_eq!(open(Some("battery staple")).unwrap_err(), SecretKeyError::WrongPassword);
    assert_eq!(open(None).unwrap_err(), SecretKeyError::NoPassword);
    let (public, plain) = new_pair(None).unwrap();
    assert_eq!(is_encrypted(&plain), Ok(false));
    assert_eq!(is_encrypted(&public.file()), Err(SecretKeyError::Public));
    assert_eq!(is_encrypted("noise"), Err(SecretKeyError::NoKey));
    // A letter of the key itself: its checksum is wrong.
    let letter = if plain.as_bytes()[150] == b'A' { "B" } else { "A" };
    let damaged = format!("{}{letter}{}", &plain[..150], &plain[151..]);
    assert_eq!(SecretKey::open(&damaged, None).unwrap_err(), SecretKeyError::Damaged);
}

proptest! {
    #[test]
    fn no_changed_signature_verifies_and_none_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6),
    ) {
        let content = &SIGNED.1;
        let from = trusted_from(content);
        let mut changed = content.clone().into_bytes();
        for (place, byte, how) in &changes {
            let place = from + place.index(changed.len() - from);
            match how {
                0 => changed[place] = *byte,
                1 => changed.insert(place, *byte),
                _ => drop(changed.remove(place)),
            }
        }
        // Changes may cancel each other out, and blanks at the end are none.
        let same = changed.trim_ascii_end() == content.as_bytes().trim_ascii_end();
        prop_assert_eq!(verifies(&changed, BYTES), same);
    }

    #[test]
    fn no_text_panics(
        untrusted in "(untrusted comment: )?\\PC{0,40}",
        signature in "[A-Za-z0-9+/=]{0,110}",
        trusted in "(trusted comment: )?\\PC{0,20}",
        global in "[A-Za-z0-9+/=]{0,90}",
    ) {
        let text = [untrusted, signature, trusted, global].join("\n");
        prop_assert!(!verifies(text.as_bytes(), BYTES));
    }

    #[test]
    fn no_line_of_the_right_length_panics(signature in "RU[QR][A-Za-z0-9+/]{96}=", global in "[A-Za-z0-9+/]{86}==") {
        let text = format!("untrusted comment: x\n{signature}\ntrusted comment: y\n{global}\n");
        prop_assert!(!verifies(text.as_bytes(), BYTES));
    }

    #[test]
    fn other_bytes_do_not_verify(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assume!(bytes != BYTES);
        prop_assert!(!verifies(SIGNED.1.as_bytes(), &bytes));
    }
}
