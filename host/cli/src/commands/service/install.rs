//! Writes a unit where the service manager finds it, unless another one is there.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};

use host_system::{capped, files};
use similar::TextDiff;

use super::terms::UnitArgs;
use super::unit::Unit;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output;

/// There while systemd runs the machine (sd_booted(3)).
const BOOTED: &str = "/run/systemd/system";
/// Folder of the units of a machine that its administrator writes.
const OF_MACHINE: &str = "/etc/systemd/system";

#[derive(Debug, clap::Args)]
pub struct InstallArgs {
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Replace the unit that is there, if it differs
    #[arg(long)]
    replace: bool,

    /// Folder to write the unit to, on any machine [default: where systemd looks for it]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    unit: UnitArgs,
}

/// Writes the unit, and says how to start it.
///
/// # Errors
/// The unit cannot be made, this machine is not run by systemd, another unit is there, or it cannot be written: then
/// nothing was changed.
pub fn run(args: &InstallArgs, context: &Context) -> Result<()> {
    let unit = args.unit.terms(context)?;
    let folder = match &args.out {
        Some(folder) => folder.clone(),
        None => folder_of_units(args.unit.is_of_machine(), Path::new(BOOTED))?,
    };
    let (path, text) = (folder.join(unit.file_name()), unit.text());
    let former = former(&path)?;
    tell_weaknesses(&unit, context);
    match &former {
        Some(former) if *former == text => {
            return output::print_line(&format!("{} is as it should be", path.display()));
        }
        Some(former) if !args.replace => return Err(differs(&path, former, &text)),
        _ => {}
    }
    if args.dry_run {
        context.ui.say(&format!("{} would be written:", path.display()));
        return output::print(&text);
    }
    make_folders(&unit)?;
    write(&folder, &path, &text)?;
    output::print_line(&format!("wrote {}", path.display()))?;
    next_steps(&unit, args).lines().for_each(|line| context.ui.say(line));
    Ok(())
}

/// Tells people of what the unit can be, and had better not.
fn tell_weaknesses(unit: &Unit, context: &Context) {
    if unit.owner.as_ref().is_some_and(|owner| owner.id == 0) {
        context.ui.say("warning: the service runs as root: give it a user of its own with `--run-as USER`");
    }
    if let Some(path) = unit.hidden_path() {
        let path = path.display();
        context
            .ui
            .say(&format!("warning: the service has a folder for temporary files of its own and cannot see {path}"));
    }
}

/// Returns the folder in which systemd looks for units.
fn folder_of_units(is_of_machine: bool, booted: &Path) -> Result<PathBuf> {
    if !booted.is_dir() {
        return Err(Report::user("this machine is not run by systemd: nothing was written")
            .because(format!("there is no {}", booted.display()))
            .hint("`host service show` prints the unit, `--out DIR` writes it for another machine")
            .hint("in a container, run `host run` itself: host/docs/deploy/Containerfile does"));
    }
    if is_of_machine {
        return Ok(OF_MACHINE.into());
    }
    let set = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let config = set.or_else(|| Some(std::env::home_dir()?.join(".config")));
    let config = config.ok_or_else(|| Report::user("there is no home folder to write a unit of its user to"))?;
    Ok(config.join("systemd/user"))
}

/// Returns the unit that is there, if one is.
fn former(path: &Path) -> Result<Option<String>> {
    match capped::read_to_string(path, capped::SETTINGS) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Report::io(format!("cannot read the unit {}", path.display()), &error)),
    }
}

fn differs(path: &Path, former: &str, text: &str) -> Report {
    let diff = TextDiff::from_lines(former, text);
    let lines = diff.unified_diff().context_radius(1).header("there", "new").to_string();
    let report = Report::user(format!("{} is there, and differs: nothing was written", path.display()));
    report
        .because_lines(lines)
        .hint("`--replace` replaces it; settings of your own belong into `systemctl edit`, which keeps them")
}

/// Makes the folders that the service may write to, for its user: those that are missing cannot be handed to it.
fn make_folders(unit: &Unit) -> Result<()> {
    let owner = unit.owner.as_ref().filter(|owner| owner.id != host_system::user::id());
    for folder in &unit.writable {
        make_folder(folder, owner.map(|owner| (owner.id, owner.group)))
            .map_err(|error| Report::io(format!("nothing was written: cannot make {}", folder.display()), &error))?;
    }
    Ok(())
}

/// Makes `folder` and what is missing above it, for `owner` alone, or else for this user.
fn make_folder(folder: &Path, owner: Option<(u32, u32)>) -> io::Result<()> {
    let mut missing: Vec<&Path> = folder.ancestors().take_while(|path| !path.exists()).collect();
    while let Some(path) = missing.pop() {
        DirBuilder::new().mode(0o700).create(path)?;
        if let Some((user, group)) = owner {
            chown(path, Some(user), Some(group))?;
        }
    }
    if folder.is_dir() { Ok(()) } else { Err(ErrorKind::NotADirectory.into()) }
}

fn write(folder: &Path, path: &Path, text: &str) -> Result<()> {
    let failed = |error: io::Error| {
        let report = Report::io(format!("cannot write the unit {}", path.display()), &error);
        let is_denied = error.kind() == ErrorKind::PermissionDenied;
        report.maybe_hint(is_denied.then(|| "with `sudo` for this machine, or `--user` for yourself".to_owned()))
    };
    fs::create_dir_all(folder).map_err(failed)?;
    files::replace(path, &[text.as_bytes()]).map_err(failed)
}

/// Returns the commands that start the service.
fn next_steps(unit: &Unit, args: &InstallArgs) -> String {
    let (manager, logs) = match args.unit.is_of_machine() {
        true => ("systemctl", "journalctl"),
        false => ("systemctl --user", "journalctl --user"),
    };
    let name = &unit.name;
    let linger = if !args.unit.is_of_machine() {
        "\n  loginctl enable-linger        # it runs while you are not logged in"
    } else {
        ""
    };
    format!(
        "to start it, now and at each boot:\n  {manager} daemon-reload\n  {manager} enable --now {name}{linger}\n\
         to look at it:\n  {manager} status {name}\n  {logs} -u {name} -f"
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_machine_without_systemd_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let refused = folder_of_units(true, &folder.path().join("none")).unwrap_err();
        let said = refused.render(false).to_string();
        assert!(said.contains("not run by systemd: nothing was written") && said.contains("service show"), "{said}");
        assert_eq!(folder_of_units(true, folder.path()).unwrap(), Path::new(OF_MACHINE));
    }

    #[test]
    fn folders_are_made_for_their_owner_alone() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("live/kalshi-alex");
        make_folder(&folder, None).unwrap();
        make_folder(&folder, None).unwrap();
        for made in [&folder, &root.path().join("live")] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700, "{}", made.display());
        }
        fs::write(root.path().join("file"), "").unwrap();
        assert!(make_folder(&root.path().join("file"), None).is_err());
    }
}
