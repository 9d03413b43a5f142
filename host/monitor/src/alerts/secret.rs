//! Settings that nobody may see: passwords, tokens, and addresses that work like passwords.

use std::fmt;
use std::path::Path;

use host_system::{capped, files};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::AlertError;

/// Stands for a secret wherever settings are written or printed.
const NOT_SHOWN: &str = "(a secret: not shown)";

/// A secret from the configuration; empty: unset. It is written and printed as a placeholder.
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// Returns the secret itself, for the one who sends it.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns this secret, or else the one in `file`: its first line. Empty if neither is set.
    ///
    /// # Errors
    /// The file cannot be read, can be read by others, or is empty.
    pub(super) fn or_in(&self, file: &Path) -> Result<Secret, AlertError> {
        if !self.is_empty() || file.as_os_str().is_empty() {
            return Ok(self.clone());
        }
        let failed = |why: String| AlertError::SecretFile { path: file.to_owned(), why };
        if let Some(mode) = files::open_to_others(file).map_err(|error| failed(error.to_string()))? {
            return Err(failed(format!("others can read it (mode {mode:04o}): chmod 600 {}", file.display())));
        }
        let text = capped::read_to_string(file, capped::SETTINGS).map_err(|error| failed(error.to_string()))?;
        match text.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
            Some(line) => Ok(Secret::from(line)),
            None => Err(failed("its first line is empty".to_owned())),
        }
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Secret {
        Secret(SecretString::from(text))
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "(unset)" } else { NOT_SHOWN })
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_empty() { "" } else { NOT_SHOWN })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(|text| Secret(SecretString::from(text)))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_neither_printed_nor_written() {
        let secret: Secret = serde_json::from_str("\"hunter2\"").unwrap();
        assert_eq!(secret.expose(), "hunter2");
        let shown = format!("{secret:?} {}", serde_json::to_string(&secret).unwrap());
        assert!(!shown.contains("hunter2") && shown.contains(NOT_SHOWN), "{shown}");
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        let check = |content: &str, mode: u32, expect: Result<&str, &str>| {
            fs::write(&file, content).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            match (Secret::default().or_in(&file), expect) {
                (Ok(secret), Ok(text)) => assert_eq!(secret.expose(), text),
                (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
                (found, expect) => panic!("{found:?} instead of {expect:?}"),
            }
        };
        check("hunter2\n", 0o600, Ok("hunter2"));
        check("hunter2", 0o400, Ok("hunter2"));
        check("hunter2", 0o644, Err("chmod 600"));
        check("\n", 0o600, Err("empty"));
        assert_eq!(Secret::from("here").or_in(&file).unwrap().expose(), "here");
        assert!(Secret::default().or_in(&folder.path().join("none")).is_err());
        assert!(Secret::default().or_in(Path::new("")).unwrap().is_empty());
    }
}
