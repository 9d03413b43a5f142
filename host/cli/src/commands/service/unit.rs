//! The text of a unit (systemd.service(5), systemd.exec(5)).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use host_live::account_dir::mark;

use super::service_user::ServiceUser;
use crate::terminal::error::Kind;

/// Failures that no restart mends: a person must change something first.
const LASTING: [Kind; 4] = [Kind::User, Kind::Usage, Kind::RiskRefused, Kind::NoGo];
/// A run for some time that a stop cut short has done what was asked.
const ALSO_GOOD: [Kind; 2] = [Kind::Interrupted, Kind::Terminated];
/// Folders that the unit of a machine hides unless a path lies within.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

/// The parts of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// The account as people name it.
    pub account: String,
    /// Name of the unit, without its ending.
    pub name: String,
    pub program: PathBuf,
    /// Global options of the host.
    pub before: Vec<String>,
    /// Arguments of `host run`.
    pub run: Vec<String>,
    pub working_folder: PathBuf,
    pub config_folder: PathBuf,
    /// Folders of the account, whose owner must be the service's user.
    pub writable: Vec<PathBuf>,
    /// Variables that lead to the same folders as those of its user's commands.
    pub variables: Vec<(&'static str, PathBuf)>,
    /// Files within these and the configuration's folder that the service only reads.
    pub read_only: Vec<PathBuf>,
    /// Files of secrets by the keys that name them.
    pub secrets: Vec<(String, PathBuf)>,
    /// The user that it runs as; `None` for a unit of the user's own.
    pub owner: Option<ServiceUser>,
}

impl Unit {
    /// Returns the name of the unit's file.
    pub fn file_name(&self) -> String {
        format!("{}.service", self.name)
    }

    /// Returns the first path that the service cannot see, because it has temporary files of its own.
    pub fn hidden_path(&self) -> Option<&Path> {
        let all = self.writable.iter().chain(&self.read_only).chain([&self.working_folder, &self.program]);
        let is_hidden = |path: &&PathBuf| path.starts_with("/tmp") || path.starts_with("/var/tmp");
        all.into_iter().find(is_hidden).map(PathBuf::as_path)
    }

    /// Returns the content of the unit's file.
    pub fn text(&self) -> String {
        let wanted_by = if self.owner.is_some() { "multi-user.target" } else { "default.target" };
        let version = env!("CARGO_PKG_VERSION");
        let mut text = format!(
            "# Made by `host service install`, version {version}. `systemctl edit {}` adds to it.\n[Unit]\n",
            self.name
        );
        let _ = writeln!(text, "Description=Trading host, {}", plain(&mark(&self.account)));
        if self.owner.is_some() {
            text.push_str("Wants=network-online.target\nAfter=network-online.target time-sync.target\n");
        }
        text.push_str("# A venue that is away for hours is no reason to give up.\nStartLimitIntervalSec=0\n\n");
        text.push_str("[Service]\n");
        self.write_life(&mut text);
        self.write_files(&mut text);
        text.push_str(COMMON);
        text.push_str(if self.owner.is_some() { OF_MACHINE } else { OF_USER });
        let _ = write!(text, "\n[Install]\nWantedBy={wanted_by}\n");
        text
    }

    /// Writes how it starts, lives and ends.
    fn write_life(&self, text: &mut String) {
        let command = |arguments: &[&str]| {
            let program = self.program.to_string_lossy();
            let before = self.before.iter().map(String::as_str);
            let words = std::iter::once(program.as_ref()).chain(before).chain(arguments.iter().copied());
            words.map(|word| quoted(word, true)).collect::<Vec<_>>().join(" ")
        };
        let run: Vec<&str> = std::iter::once("run").chain(self.run.iter().map(String::as_str)).collect();
        let codes = |kinds: &[Kind]| kinds.iter().map(|kind| kind.code().to_string()).collect::<Vec<_>>().join(" ");
        let _ = write!(
            text,
            "# Ready once the books are compared with the venue's and orders may leave.\n\
             Type=notify\nNotifyAccess=main\nExecStart={}\nExecReload={}\n",
            command(&run),
            command(&["reload", &self.account])
        );
        if let Some(owner) = &self.owner {
            let _ = writeln!(text, "User={}", owner.name);
        }
        let _ = write!(
            text,
            "WorkingDirectory={}\n\
             # The loop extends the start while it turns, and gives signs of life from then on.\n\
             TimeoutStartSec=300\nWatchdogSec=30\n\
             # Each start is the recovery from a crash. What a person must mend first is not tried again.\n\
             Restart=on-failure\nRestartSec=10\nRestartPreventExitStatus={}\nSuccessExitStatus={}\n\
             # A stop takes a minute at most; `live.orders_at_stop` says what becomes of working orders.\n\
             KillSignal=SIGTERM\nKillMode=mixed\nTimeoutStopSec=90\n\n",
            plain(&self.working_folder.to_string_lossy()),
            codes(&LASTING),
            codes(&ALSO_GOOD)
        );
    }

    /// Writes which files it has.
    fn write_files(&self, text: &mut String) {
        let paths = |paths: &mut dyn Iterator<Item = &PathBuf>, prefix: &str| {
            let mut shown: Vec<String> = Vec::new();
            for path in paths.map(|path| quoted(&format!("{prefix}{}", path.display()), false)) {
                if !shown.contains(&path) {
                    shown.push(path);
                }
            }
            shown.join(" ")
        };
        for (name, path) in &self.variables {
            let _ = writeln!(text, "Environment={}", quoted(&format!("{name}={}", path.display()), false));
        }
        for (key, path) in &self.secrets {
            // The rest of the line is the path, as it stands.
            let _ = writeln!(text, "LoadCredential={key}:{}", plain(&path.to_string_lossy()));
        }
        let mut writable = self.writable.iter().chain([&self.config_folder]);
        let _ = write!(
            text,
            "# The folders of the account, and that of host.toml, because host.lock is replaced there.\n\
             ReadWritePaths={}\n",
            paths(&mut writable, "")
        );
        if !self.read_only.is_empty() {
            let _ = writeln!(text, "ReadOnlyPaths={}", paths(&mut self.read_only.iter(), "-"));
        }
        if self.owner.is_some() {
            let files = self.writable.iter().chain(&self.read_only).chain([&self.working_folder, &self.program]);
            let is_in_home = |path: &PathBuf| HOMES.iter().any(|home| path.starts_with(Path::new(home)));
            // Empty ones: what looks for a file there does not find it, and is not refused.
            let homes = if files.chain([&self.config_folder]).any(is_in_home) { "read-only" } else { "tmpfs" };
            let _ = writeln!(text, "ProtectHome={homes}");
        }
    }
}

/// Protection that every service manager can give.
const COMMON: &str = "ProtectSystem=strict
PrivateTmp=yes
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
UMask=0077
# A dump of its memory would hold the key.
LimitCORE=0
# MemoryDenyWriteExecute is not set: strategies are compiled to machine code, which is mapped to be run.
";

/// Protection that only the machine's can give.
const OF_MACHINE: &str = "CapabilityBoundingSet=
AmbientCapabilities=
PrivateDevices=yes
DevicePolicy=closed
PrivateMounts=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
KeyringMode=private
RemoveIPC=yes
";

/// The sandbox of a user's own manager needs a namespace of users.
const OF_USER: &str = "PrivateUsers=yes
";

/// Returns `word` as one word of a line: quoted where it must be, with what systemd would replace doubled. Only
/// command lines replace variables.
fn quoted(word: &str, is_command: bool) -> String {
    let mut text = word.replace('%', "%%");
    if is_command {
        text = text.replace('$', "$$");
    }
    let is_bare = |c: char| c.is_alphanumeric() || "-_./=:,+@%$*".contains(c);
    if !text.is_empty() && text.chars().all(is_bare) {
        return text;
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if c.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns `text` for a line that is one value, which needs no quotes.
fn plain(text: &str) -> String {
    text.replace('%', "%%").replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_one_word_and_nothing_in_them_is_replaced() {
        let check = |word: &str, is_command: bool, expect: &str| assert_eq!(quoted(word, is_command), expect, "{word}");
        check("--strategy", true, "--strategy");
        check("risk.max_daily_loss=100", true, "risk.max_daily_loss=100");
        check("", true, "\"\"");
        check("/srv/my host/x.wasm", false, "\"/srv/my host/x.wasm\"");
        check("100%n", true, "100%%n");
        check("$HOME", true, "$$HOME");
        check("$HOME", false, "$HOME");
        check("a\"b\\c\nd;e", true, "\"a\\\"b\\\\c\\nd;e\"");
        check("'", true, "\"'\"");
    }

    #[test]
    fn what_a_person_must_mend_is_not_tried_again() {
        let unit = Unit {
            account: "alex".to_owned(),
            name: "host-kalshi-alex".to_owned(),
            program: "/usr/bin/host".into(),
            before: Vec::new(),
            run: vec!["--live".to_owned()],
            working_folder: "/srv".into(),
            config_folder: "/srv".into(),
            writable: vec!["/srv/live/kalshi-alex".into()],
            variables: vec![("XDG_STATE_HOME", "/srv/state".into())],
            read_only: vec!["/srv/host.toml".into()],
            secrets: vec![("venue.key_file".to_owned(), "/srv/alex.pem".into())],
            owner: None,
        };
        let text = unit.text();
        for line in [
            "RestartPreventExitStatus=1 2 4 10",
            "ExecStart=/usr/bin/host run --live",
            "ExecReload=/usr/bin/host reload alex",
            "LoadCredential=venue.key_file:/srv/alex.pem",
            "Environment=XDG_STATE_HOME=/srv/state",
            "ReadWritePaths=/srv/live/kalshi-alex /srv",
            "ReadOnlyPaths=-/srv/host.toml",
            "WantedBy=default.target",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in:\n{text}");
        }
        assert!(!text.lines().any(|line| line.starts_with("MemoryDenyWriteExecute")), "{text}");
        assert!(!text.contains("User="), "{text}");
    }
}
