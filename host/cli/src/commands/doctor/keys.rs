//! Keys, secrets, and who can read them: the venue's key, files of passwords, and the account's own files.

use std::path::{Path, PathBuf};

use host_live::account_dir::AccountDir;
use host_live::preflight::check_key;
use host_system::files::open_to_others;
use host_system::user;
use host_venues::clock::Clock;
use host_venues::kalshi::Kalshi;

use super::diagnosis::Diagnosis;
use super::patient::Patient;

const GROUP: &str = "keys";

/// Looks at the key, the secrets and the account's files.
pub fn look(patient: &Patient) -> Vec<Diagnosis> {
    let mut found = key(patient);
    found.extend(secrets(patient).into_iter().filter_map(|path| open("secret_open", "the secret in", path)));
    if let Some(folder) = patient.begun() {
        found.extend(account(folder));
    }
    if found.is_empty() {
        found.push(match patient.is_live() {
            true => Diagnosis::ok(GROUP, "the key can be used, and nobody else can read it, nor the account's files"),
            false => Diagnosis::ok(GROUP, "paper needs no key; nobody else can read what is secret"),
        });
    }
    found
}

/// Says what is wrong with the venue's key, where there is one, or real money needs one.
fn key(patient: &Patient) -> Vec<Diagnosis> {
    let venue = &patient.config().venue;
    let is_set = !venue.key_file.as_os_str().is_empty();
    if let Some(open) =
        Some(&venue.key_file).filter(|_| is_set).and_then(|path| open("key_open", "the key file", path.clone()))
    {
        return vec![open];
    }
    if !patient.is_live() && !is_set {
        return Vec::new();
    }
    let unusable = |what: String, fix: String| Diagnosis::before_live(patient.is_live(), "key_unusable", what, fix);
    let refusals = check_key(venue);
    if refusals.is_empty()
        && let Err(error) = Kalshi::connect(venue, Clock::wall())
    {
        return vec![unusable(
            error.to_string(),
            "make a new key at the venue, and store it as it is (PEM)".to_owned(),
        )];
    }
    refusals.into_iter().map(|refusal| unusable(refusal.what, refusal.fix)).collect()
}

/// Returns the files with secrets that the configuration names.
fn secrets(patient: &Patient) -> Vec<PathBuf> {
    let mut alerts = patient.config().alerts.clone();
    // The certificates that a mail server is trusted by are no secret.
    alerts.mail.ca_file = PathBuf::new();
    let of_alerts = alerts.paths_mut().into_iter().map(|path| path.clone());
    of_alerts.chain([patient.config().dashboard.certificate_key.clone()]).collect()
}

/// Says what of the account's files others can use, or do not belong to this user. Within a folder that is closed to
/// others, nobody reaches them.
fn account(folder: &AccountDir) -> Vec<Diagnosis> {
    let inner = ["alerts.db", "dashboard.json"].map(|name| folder.path().join(name));
    let files = [folder.journal(), folder.ledger()].into_iter().chain(inner);
    let mut found: Vec<Diagnosis> =
        open("account_open", "the account's folder", folder.path().to_owned()).into_iter().collect();
    if !found.is_empty() {
        found.extend(files.clone().filter_map(|path| open("account_open", "the account's file", path)));
    }
    let all = std::iter::once(folder.path().to_owned()).chain(files);
    found.extend(all.filter(|path| is_of_another(path)).map(|path| {
        let finding = format!("{} belongs to another user, mostly because a host was run with sudo", path.display());
        let cure = format!("sudo chown -R $USER {}", folder.path().display());
        Diagnosis::problem("account_not_yours", finding, cure)
    }));
    found
}

fn is_of_another(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !user::owns(&found))
}

fn open(code: &'static str, what: &str, path: PathBuf) -> Option<Diagnosis> {
    // One that is not there, or cannot be looked at, is somebody else's finding.
    let mode = open_to_others(&path).ok().flatten()?;
    Some(Diagnosis::open(code, what, path, mode))
}
