//! The permissions to look and to stop: one-time codes, and the sessions that they become.
//!
//! A code is made on the host's machine, shown once, and becomes the session of one browser. Neither is stored: the
//! file `dashboard.json` in the account's folder, its owner's alone, has digests of both. They are 256 random bits,
//! which nobody can guess, so that a plain digest tells nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use host_core::{Span, Timestamp};
use host_system::{capped, files};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Time within which a code is to be used.
pub const CODE_LIFE: Span = Span::minutes(5);
/// Time after which a session that was not used ends.
pub const SESSION_LIFE: Span = Span::days(30);
/// Most sessions of an account.
const MOST_SESSIONS: usize = 50;
/// Number of random bytes in a code or token.
const RANDOM_BYTES: usize = 32;
/// Time between two notes that a session is in use: the file is not written at each request.
const NOTED_EVERY: Span = Span::hours(1);

/// Name of the file in the account's folder.
const FILE: &str = "dashboard.json";

/// Permission of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To look.
    View,
    /// To look, to stop, and to note.
    Kill,
}

impl Scope {
    /// Returns the scope as it stands in files and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::View => "view",
            Scope::Kill => "kill",
        }
    }
}

/// The reason why somebody is not let in, or the file cannot be used.
#[derive(Debug, Error)]
pub enum AccessError {
    /// The file cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    /// The file is damaged.
    #[error("{} cannot be read: {source}; remove it to sign everybody out", path.display())]
    Damaged { path: PathBuf, source: serde_json::Error },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// There is no such session.
    #[error("there is no session `{0}`")]
    NoSession(String),
}

/// A code that was made and not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Code {
    digest: String,
    scope: Scope,
    name: String,
    expires: i64,
}

/// A session of a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Number within the account, by which it is revoked.
    pub number: u32,
    /// Name of the browser or person.
    pub name: String,
    pub scope: Scope,
    /// Nanoseconds since the epoch.
    pub created: i64,
    pub used: i64,
    digest: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    codes: Vec<Code>,
    sessions: Vec<Session>,
    /// The number of the last session.
    last: u32,
}

/// The codes and sessions of an account.
#[derive(Clone, Debug)]
pub struct Access {
    path: PathBuf,
}

impl Access {
    /// Returns those of the account in `folder`.
    pub fn of(folder: &Path) -> Access {
        Access { path: folder.join(FILE) }
    }

    /// Makes a code that lets one browser in with `scope` within five minutes. It is shown once and never again.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn make_code(&self, scope: Scope, name: &str, now: Timestamp) -> Result<String, AccessError> {
        let code = random()?;
        let expires = (now + CODE_LIFE).0;
        self.change(now, |content| {
            content.codes.push(Code { digest: digest_of(&code), scope, name: name.to_owned(), expires });
        })?;
        Ok(code)
    }

    /// Turns `code` into a session. Returns its token, which only the browser has; `None` if the code is not known, was
    /// used, or is too old.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn sign_in(&self, code: &str, now: Timestamp) -> Result<Option<String>, AccessError> {
        let (wanted, token) = (digest_of(code.trim()), random()?);
        let mut token = Some(token);
        let signed_in = self.change(now, |content| {
            let place = content.codes.iter().position(|code| equal(&code.digest, &wanted))?;
            let Code { scope, name, .. } = content.codes.remove(place);
            content.last += 1;
            let digest = digest_of(token.as_deref()?);
            let session = Session { number: content.last, name, scope, created: now.0, used: now.0, digest };
            content.sessions.push(session);
            if content.sessions.len() > MOST_SESSIONS {
                content.sessions.remove(0);
            }
            token.take()
        })?;
        Ok(signed_in)
    }

    /// Returns the session with `token`, if it is in force.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn session(&self, token: &str, now: Timestamp) -> Result<Option<Session>, AccessError> {
        let wanted = digest_of(token);
        let content = self.read()?;
        let found = content.sessions.into_iter().find(|session| equal(&session.digest, &wanted));
        let found = found.filter(|session| now.0 - session.used < SESSION_LIFE.0);
        if let Some(session) = found.as_ref().filter(|session| now.0 - session.used > NOTED_EVERY.0) {
            let number = session.number;
            // Whoever may look may look although the disk is full.
            let _ = self.change(now, |content| {
                let used = content.sessions.iter_mut().find(|session| session.number == number);
                used.into_iter().for_each(|session| session.used = now.0);
            });
        }
        Ok(found)
    }

    /// Returns the sessions in force, the oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn sessions(&self, now: Timestamp) -> Result<Vec<Session>, AccessError> {
        let content = self.read()?;
        Ok(content.sessions.into_iter().filter(|session| now.0 - session.used < SESSION_LIFE.0).collect())
    }

    /// Ends the session that `which` names by its number or name. Returns the number of sessions that ended.
    ///
    /// # Errors
    /// There is none, or the file cannot be written.
    pub fn revoke(&self, which: &str, now: Timestamp) -> Result<usize, AccessError> {
        let is_meant = |session: &Session| session.name == which || session.number.to_string() == which;
        match self.end(is_meant, now)? {
            0 => Err(AccessError::NoSession(which.to_owned())),
            ended => Ok(ended),
        }
    }

    /// Ends the session `number`, if it is in force.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn sign_out(&self, number: u32, now: Timestamp) -> Result<(), AccessError> {
        self.end(|session| session.number == number, now).map(drop)
    }

    fn end(&self, is_meant: impl Fn(&Session) -> bool, now: Timestamp) -> Result<usize, AccessError> {
        self.change(now, |content| {
            let before = content.sessions.len();
            content.sessions.retain(|session| !is_meant(session));
            before - content.sessions.len()
        })
    }

    fn read(&self) -> Result<Content, AccessError> {
        match capped::read(&self.path, capped::SETTINGS) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|source| AccessError::Damaged { path: self.path.clone(), source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Content::default()),
            Err(source) => Err(AccessError::Io { action: "read", path: self.path.clone(), source }),
        }
    }

    /// Changes the file under a lock: the command line and the dashboard are two processes.
    fn change<T>(&self, now: Timestamp, change: impl FnOnce(&mut Content) -> T) -> Result<T, AccessError> {
        let failed = |action| move |source| AccessError::Io { action, path: self.path.clone(), source };
        let lock = self.path.with_extension("lock");
        let held = fs::File::options().create(true).truncate(false).write(true).open(&lock);
        let held = held.and_then(|file| file.lock().map(|()| file)).map_err(failed("lock"))?;
        let mut content = self.read()?;
        content.codes.retain(|code| code.expires > now.0);
        content.sessions.retain(|session| now.0 - session.used < SESSION_LIFE.0);
        let changed = change(&mut content);
        let bytes = serde_json::to_vec_pretty(&content)
            .map_err(|source| AccessError::Damaged { path: self.path.clone(), source })?;
        files::replace_private(&self.path, &bytes).map_err(failed("write"))?;
        drop(held);
        Ok(changed)
    }
}

/// Returns the token that a form of the session with `token` carries: another site can send a request, and cannot know
/// this.
pub fn form_token(token: &str) -> String {
    digest_of(&format!("form {token}"))
}

/// Returns true if `given` is the form's token of the session with `token`.
pub fn is_form_token(given: &str, token: &str) -> bool {
    equal(given, &form_token(token))
}

fn random() -> Result<String, AccessError> {
    let mut bytes = [0; RANDOM_BYTES];
    rand::fill(&mut bytes).map_err(|_| AccessError::NoRandomness)?;
    Ok(hexadecimal(&bytes))
}

fn digest_of(text: &str) -> String {
    hexadecimal(digest(&SHA256, text.as_bytes()).as_ref())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares in a time that does not tell where texts differ.
fn equal(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_225_600_000_000_000);

    fn access() -> (tempfile::TempDir, Access) {
        let folder = tempfile::tempdir().unwrap();
        let access = Access::of(folder.path());
        (folder, access)
    }

    #[test]
    fn a_code_lets_one_browser_in_once_and_for_five_minutes() {
        let (_folder, access) = access();
        let code = access.make_code(Scope::View, "phone", NOW).unwrap();
        assert_eq!(access.sign_in("no code", NOW).unwrap(), None);
        assert_eq!(access.sign_in("", NOW).unwrap(), None);
        let token = access.sign_in(&format!(" {code}\n"), NOW + Span::minutes(4)).unwrap().unwrap();
        assert_eq!(access.sign_in(&code, NOW + Span::minutes(4)).unwrap(), None, "used");
        let session = access.session(&token, NOW + Span::minutes(5)).unwrap().unwrap();
        assert_eq!((session.scope, session.name.as_str(), session.number), (Scope::View, "phone", 1));
        assert_eq!(access.session(&code, NOW).unwrap(), None, "a code is no token");
        let late = access.make_code(Scope::Kill, "late", NOW).unwrap();
        assert_eq!(access.sign_in(&late, NOW + CODE_LIFE).unwrap(), None, "too old");
    }

    #[test]
    fn sessions_end_when_they_are_revoked_or_not_used() {
        let (_folder, access) = access();
        let sign_in = |name| {
            let code = access.make_code(Scope::Kill, name, NOW).unwrap();
            access.sign_in(&code, NOW).unwrap().unwrap()
        };
        let (phone, laptop) = (sign_in("phone"), sign_in("laptop"));
        assert_eq!(access.revoke("phone", NOW).unwrap(), 1);
        assert!(access.session(&phone, NOW).unwrap().is_none() && access.session(&laptop, NOW).unwrap().is_some());
        assert!(matches!(access.revoke("phone", NOW), Err(AccessError::NoSession(name)) if name == "phone"));
        assert_eq!(access.sessions(NOW).unwrap().len(), 1);
        // Each use gives it another thirty days.
        let day = |days| NOW + Span::days(days);
        assert!(access.session(&laptop, day(29)).unwrap().is_some());
        assert!(access.session(&laptop, day(58)).unwrap().is_some());
        assert!(access.session(&laptop, day(88)).unwrap().is_none());
        assert_eq!(access.revoke("2", day(58)).unwrap(), 1);
    }

    #[test]
    fn nothing_secret_is_on_disk_and_the_file_is_its_owners() {
        use std::os::unix::fs::PermissionsExt;

        let (folder, access) = access();
        let code = access.make_code(Scope::Kill, "phone", NOW).unwrap();
        let read = || fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert!(!read().contains(&code));
        let token = access.sign_in(&code, NOW).unwrap().unwrap();
        assert!(!read().contains(&token) && !read().contains(&form_token(&token)));
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(is_form_token(&form_token(&token), &token) && !is_form_token("", &token));
        assert!(!is_form_token(&token, &token) && !is_form_token(&form_token("other"), &token));
    }

    #[test]
    fn a_damaged_file_lets_nobody_in() {
        let (folder, access) = access();
        fs::write(folder.path().join(FILE), "no JSON").unwrap();
        let error = access.session("anything", NOW).unwrap_err().to_string();
        assert!(error.contains("remove it to sign everybody out"), "{error}");
        assert!(access.sign_in("anything", NOW).is_err());
    }
}
