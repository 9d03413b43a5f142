//! The environment of the user's process, as the caller read it: this crate never asks the system itself.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The user's environment variables and home folder.
///
/// A binary makes one with `UserEnvironment::new(std::env::vars_os(), std::env::home_dir())`.
#[derive(Clone, Debug)]
pub struct UserEnvironment {
    variables: Vec<(OsString, OsString)>,
    home: Option<PathBuf>,
}

impl UserEnvironment {
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>, home: Option<PathBuf>) -> UserEnvironment {
        UserEnvironment { variables: variables.into_iter().collect(), home }
    }

    /// Returns the value of the variable `name`, if it is set.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_os_str())
    }

    /// All variables that are set.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The file that the program `name` is started from. Relative folders of `PATH` are left out: what they hold
    /// depends on where the host was started.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        let folders = self.variable("PATH")?.as_bytes().split(|byte| *byte == b':');
        let folders = folders.map(|folder| Path::new(OsStr::from_bytes(folder))).filter(|folder| folder.is_absolute());
        folders.map(|folder| folder.join(name)).find(|file| file.is_file())
    }

    /// The platform's folder for caches. As the next two, it is that of the XDG Base Directory Specification 0.8.
    /// `None` without a home folder.
    pub(crate) fn cache_folder(&self) -> Option<PathBuf> {
        self.home.as_ref()?;
        self.platform_folder("XDG_CACHE_HOME", ".cache")
    }

    /// The platform's folder for settings.
    pub(crate) fn config_folder(&self) -> Option<PathBuf> {
        self.platform_folder("XDG_CONFIG_HOME", ".config")
    }

    /// The platform's folder for state that is neither configuration nor cache.
    pub(crate) fn state_folder(&self) -> Option<PathBuf> {
        self.platform_folder("XDG_STATE_HOME", ".local/state")
    }

    /// The value of `variable` if it is an absolute path, else `usual` in the home folder.
    fn platform_folder(&self, variable: &str, usual: &str) -> Option<PathBuf> {
        let configured = self.variable(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
        configured.or_else(|| self.home.as_ref().map(|home| home.join(usual)))
    }

    /// Cargo's home: `$CARGO_HOME`, else `~/.cargo`.
    pub(crate) fn cargo_home(&self) -> Option<PathBuf> {
        let configured = self.variable("CARGO_HOME").map(PathBuf::from);
        configured.or_else(|| self.home.as_ref().map(|home| home.join(".cargo")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)], home: Option<&str>) -> UserEnvironment {
        let owned = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        UserEnvironment::new(owned, home.map(PathBuf::from))
    }

    #[test]
    fn folders_come_from_variables_first_and_from_the_home_folder_otherwise() {
        let check = |variables: &[(&str, &str)], home, cache: Option<&str>, cargo: Option<&str>| {
            let environment = environment(variables, home);
            assert_eq!(environment.cache_folder(), cache.map(PathBuf::from), "{variables:?}");
            assert_eq!(environment.cargo_home(), cargo.map(PathBuf::from), "{variables:?}");
        };
        check(&[], Some("/u"), Some("/u/.cache"), Some("/u/.cargo"));
        check(&[("XDG_CACHE_HOME", "/x"), ("CARGO_HOME", "/c")], Some("/u"), Some("/x"), Some("/c"));
        check(&[("XDG_CACHE_HOME", "relative")], Some("/u"), Some("/u/.cache"), Some("/u/.cargo"));
        check(&[("XDG_CACHE_HOME", "/x"), ("CARGO_HOME", "/c")], None, None, Some("/c"));
    }
}
