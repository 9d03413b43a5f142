//! The user that a service runs as.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::terminal::error::{Report, Result};

/// A user of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUser {
    pub name: String,
    pub id: u32,
    pub group: u32,
    pub home: PathBuf,
}

impl ServiceUser {
    /// Finds the user with this name or number, wherever the machine keeps its users.
    ///
    /// # Errors
    /// There is none.
    pub fn find(user: &str) -> Result<ServiceUser> {
        let unknown = || {
            Report::user(format!("this machine has no user `{user}`"))
                .hint("`useradd --system --create-home trader` makes one: `--run-as trader`")
        };
        // An option of the program is no user.
        let found = Command::new("getent").args(["passwd", "--", user]).output();
        let found = found.map_err(|error| Report::io("cannot ask this machine for its users (getent)", &error))?;
        let line = String::from_utf8_lossy(&found.stdout).into_owned();
        parse(line.trim_end()).ok_or_else(unknown)
    }

    /// Finds the user that this process runs as, whose home is `home` if that is known.
    ///
    /// # Errors
    /// The machine does not know its name.
    pub fn of_process(home: Option<&Path>) -> Result<ServiceUser> {
        let user = ServiceUser::find(&host_system::user::id().to_string())?;
        Ok(ServiceUser { home: home.map_or(user.home, Path::to_owned), ..user })
    }
}

/// Reads a line of passwd(5).
fn parse(line: &str) -> Option<ServiceUser> {
    let [name, _, id, group, _, home, _] = line.split(':').collect::<Vec<_>>().try_into().ok()?;
    Some(ServiceUser { name: name.to_owned(), id: id.parse().ok()?, group: group.parse().ok()?, home: home.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name_and_by_number() {
        let root = ServiceUser::find("root").unwrap();
        assert_eq!((root.id, root.home.as_path()), (0, Path::new("/root")));
        assert_eq!(ServiceUser::find("0").unwrap(), root);
        let refused = |user: &str| ServiceUser::find(user).unwrap_err();
        assert!(refused("nobody-of-this-name").render(false).to_string().contains("no user"));
        assert!(refused("--help").render(false).to_string().contains("no user"));
        assert_eq!(ServiceUser::of_process(Some(Path::new("/x"))).unwrap().home, Path::new("/x"));
    }

    #[test]
    fn a_line_of_something_else_is_no_user() {
        assert_eq!(parse(""), None);
        assert_eq!(parse("alex:x:one:1:::"), None);
        assert!(parse("alex:x:1000:1000:Alex,,,:/srv/alex:/bin/bash").is_some());
    }
}
