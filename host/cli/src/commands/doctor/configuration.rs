//! The configuration: what is wrong in it, deprecated in it, or not read at all; and folders that it names.

use std::path::PathBuf;

use host_system::user;

use super::diagnosis::Diagnosis;
use super::patient::Patient;
use super::remedy::Remedy;
use crate::config::{Origin, RenamedKey};

const GROUP: &str = "configuration";

/// Keys of folders that a person may have set.
const FOLDERS: [&str; 3] = ["live.folder", "logs.folder", "runs.folder"];

/// Looks at the configuration.
pub fn look(patient: &Patient) -> Vec<Diagnosis> {
    let loaded = &patient.loaded;
    let problem = |problem: &crate::config::Problem| {
        let cure = "correct the value, or remove the key; `host config show` lists every key";
        Diagnosis::problem("config_problem", problem.to_string(), cure)
    };
    let mut found: Vec<Diagnosis> = patient.problems.iter().map(problem).collect();
    found.extend(loaded.renamed.iter().map(renamed));
    found.extend(loaded.changed.iter().map(|changed| {
        Diagnosis::warning("config_changed", changed.clone(), "write the value that you mean; this note then ends")
    }));
    found.extend(loaded.near_misses.iter().map(|miss| {
        let cure = "set it under its right name, or unset it; a live start is refused meanwhile";
        Diagnosis::before_live(patient.is_live(), "config_not_read", miss.to_string(), cure)
    }));
    found.extend(FOLDERS.iter().filter_map(|key| folder(patient, key)));
    if found.is_empty() {
        found.push(match &loaded.file {
            Some(file) => {
                Diagnosis::ok(GROUP, format!("{} can be read, and nothing in it is deprecated", file.display()))
            }
            None => Diagnosis::ok(GROUP, "no host.toml here or in a folder above: default settings"),
        });
    }
    found
}

/// Says of a key under its old name; that of a file can be renamed there.
fn renamed(key: &RenamedKey) -> Diagnosis {
    let cure = format!("write `{}`", key.new);
    let found = Diagnosis::warning("config_renamed", key.to_string(), cure);
    match &key.origin {
        Origin::File { path, .. } => found.cured_by(Remedy::Rename { file: path.clone(), old: key.old, new: key.new }),
        _ => found,
    }
}

/// Says of a folder that a person has set and that is not there, or belongs to somebody else.
fn folder(patient: &Patient, key: &'static str) -> Option<Diagnosis> {
    let config = patient.config();
    let path: &PathBuf = match key {
        "live.folder" => &config.live.folder,
        "logs.folder" => &config.logs.folder,
        _ => &config.runs.folder,
    };
    let origin = patient.loaded.origin(key);
    if origin == Origin::Default || path.as_os_str().is_empty() {
        return None;
    }
    match std::fs::metadata(path) {
        Err(_) => {
            let finding = format!("{origin}: the folder of {key}, {}, is not there", path.display());
            let cure = format!("correct {key}, mount its disk, or make it: mkdir -p -m 700 {}", path.display());
            Some(Diagnosis::warning("folder_missing", finding, cure).cured_by(Remedy::MakeFolder(path.clone())))
        }
        Ok(found) if !user::owns(&found) => {
            let finding = format!("{origin}: the folder of {key}, {}, belongs to another user", path.display());
            let cure = format!("run the host as its owner, or `sudo chown -R $USER {}`", path.display());
            Some(Diagnosis::problem("folder_not_yours", finding, cure))
        }
        Ok(_) => None,
    }
}
