//! Secrets that the service manager hands to the process, each as a file in a folder of its own
//! (<https://systemd.io/CREDENTIALS/>): the key of an account need not be readable by the user that trades it.
//!
//! A credential that is named after a key which names a file of a secret, such as `venue.key_file`, is that file. The
//! folder can be named in a value too: `key_file = "$CREDENTIALS_DIRECTORY/alex"`.

use std::path::{Path, PathBuf};

/// The variable that names the folder.
pub const VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// The credentials of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// `None` if it was given none.
    folder: Option<PathBuf>,
}

impl Credentials {
    /// Returns the credentials of this process.
    pub fn of_process() -> Credentials {
        Credentials::within(std::env::var_os(VARIABLE).map(PathBuf::from))
    }

    /// Returns those in `folder`, if it is a whole path.
    pub fn within(folder: Option<PathBuf>) -> Credentials {
        Credentials { folder: folder.filter(|folder| folder.is_absolute()) }
    }

    /// Sets `path`, the value of `key`, to the credential of that name, if there is one and the key is set, or to the
    /// one that it names itself.
    pub fn take(&self, key: &str, path: &mut PathBuf) {
        let Some(folder) = &self.folder else { return };
        if path.as_os_str().is_empty() {
            return;
        }
        let of_key = folder.join(key);
        if of_key.is_file() {
            *path = of_key;
        } else if let Ok(name) = path.strip_prefix(Path::new(&format!("${VARIABLE}"))) {
            *path = folder.join(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_takes_the_place_of_the_file_that_a_key_names() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("venue.key_file"), "key").unwrap();
        let inside = |name: &str| folder.path().join(name);
        let check = |given: bool, key: &str, path: &str, expect: PathBuf| {
            let credentials = Credentials::within(given.then(|| folder.path().to_owned()));
            let mut taken = PathBuf::from(path);
            credentials.take(key, &mut taken);
            assert_eq!(taken, expect, "{given} {key} {path}");
        };
        check(true, "venue.key_file", "alex.pem", inside("venue.key_file"));
        check(true, "venue.key_file", "", "".into());
        check(true, "alerts.mail.password_file", "password", "password".into());
        check(true, "alerts.mail.password_file", "$CREDENTIALS_DIRECTORY/mail", inside("mail"));
        check(false, "venue.key_file", "alex.pem", "alex.pem".into());
        check(false, "venue.key_file", "$CREDENTIALS_DIRECTORY/alex", "$CREDENTIALS_DIRECTORY/alex".into());
        let relative = Credentials::within(Some("credentials".into()));
        assert_eq!(relative, Credentials::default(), "nobody knows where it starts");
    }
}
