//! Detached signatures in minisign's format: `X.wasm.minisig` beside `X.wasm`.

use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use host_core::foreign;
use host_system::capped;
use minisign::SignatureBox;

use super::day::CalendarDay;
use super::public_key::{KeyId, PublicKey};

/// The ending that a signature's file has behind the name of what it signs.
const ENDING: &str = ".minisig";
/// Most bytes of a signature's file: minisign's comments are shorter.
const MOST_BYTES: u64 = 20_000;
/// Most letters that are shown of a trusted comment.
const MOST_SHOWN: usize = 300;
/// Letters of the signature's line in base64: algorithm, key id and signature are 2, 8 and 64 bytes.
const SIGNATURE_LETTERS: usize = 100;
/// Letters of the line of the signature of the trusted comment: 64 bytes.
const GLOBAL_LETTERS: usize = 88;

/// The reason why a signature that is there counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    #[error("its signature cannot be read: {0}")]
    Damaged(&'static str),
    #[error("its signature names the key {0}, which is not in the trust list")]
    UnknownKey(KeyId),
    #[error("the key {name} ({id}), which its signature names, is not trusted since {day}")]
    Expired { name: String, id: KeyId, day: CalendarDay },
    #[error("its signature, by the name of {name} ({id}), is none of these bytes: one of the two was changed")]
    OtherBytes { name: String, id: KeyId },
}

/// Returns the path at which the signature of `file` stands.
pub fn signature_path(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(ENDING);
    path.into()
}

/// Returns the content of the signature beside `file`, or `None` if there is none. Of what is longer than a signature
/// can be, nothing is returned: it is there, and damaged.
///
/// # Errors
/// The system's: something is there and cannot be read, or is a pipe or a device.
pub fn read_beside(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match capped::read(&signature_path(file), MOST_BYTES) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Ok(Some(Vec::new())),
        Err(error) => Err(error),
    }
}

/// A signature as its file has it. It proves nothing before it is verified.
#[derive(Clone)]
pub struct DetachedSignature(SignatureBox);

impl std::fmt::Debug for DetachedSignature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DetachedSignature({})", self.key_id())
    }
}

impl DetachedSignature {
    /// Reads the content of a `.minisig` file.
    ///
    /// # Errors
    /// [`SignatureFault::Damaged`].
    pub fn parse(content: &[u8]) -> Result<DetachedSignature, SignatureFault> {
        let text = std::str::from_utf8(content).map_err(|_| SignatureFault::Damaged("it is no text"))?;
        let lines: Vec<&str> = text.lines().collect();
        let [_, signature, _, global] = lines[..] else {
            return Err(SignatureFault::Damaged("a signature of minisign has four lines"));
        };
        // Before the library sees them: it takes for granted that they are as long as they have to be.
        if signature.len() != SIGNATURE_LETTERS || global.len() != GLOBAL_LETTERS {
            return Err(SignatureFault::Damaged("it is not as long as a signature is"));
        }
        let parsed = SignatureBox::from_string(text);
        let parsed = parsed.map_err(|_| SignatureFault::Damaged("it is not of minisign's format"))?;
        // What reads the same but is written differently would be two files with one meaning.
        match parsed.to_string().trim_end() == text.trim_end() {
            true => Ok(DetachedSignature(parsed)),
            false => Err(SignatureFault::Damaged("it is not written as minisign does")),
        }
    }

    pub fn key_id(&self) -> KeyId {
        KeyId::of(self.0.keynum())
    }

    /// Returns the trusted comment, escaped and shortened. Anybody may have written it unless the signature verifies.
    pub fn comment(&self) -> String {
        let comment = self.0.trusted_comment().unwrap_or_default();
        // Minisign parts its own comments by tabs.
        foreign::line(&comment.replace('\t', " "), MOST_SHOWN)
    }

    /// Returns true if the holder of `key` has signed exactly these `bytes`, and the trusted comment.
    pub fn verifies(&self, bytes: &[u8], key: &PublicKey) -> bool {
        let (quiet, output, legacy) = (true, false, true);
        minisign::verify(key.key(), &self.0, Cursor::new(bytes), quiet, output, legacy).is_ok()
    }
}
