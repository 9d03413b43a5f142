//! A folder of its own for a test, and the binary run in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where a test's processes live.
#[derive(Debug)]
pub struct Environment {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a process did.
#[derive(Debug)]
#[must_use = "either snapshot the output or assert on it"]
pub struct Outcome {
    /// What it exited with.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Environment {
    /// An empty one.
    pub fn new() -> Environment {
        Environment { folder: tempfile::tempdir().expect("a temporary folder"), variables: Vec::new() }
    }

    /// The same with an environment variable.
    pub fn with(mut self, name: &str, value: &str) -> Environment {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// Reads a file of it.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a text file")
    }

    /// A path within it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary, ready to run in it with `args` that are separated by spaces.
    pub fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_host"));
        command.args(args.split_whitespace()).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("HOME", self.path("home")).env("COLUMNS", "100").env("HOST_CACHE_DIR", self.path("cache"));
        // Building a strategy needs the compiler.
        command.envs(
            ["PATH", "CARGO_HOME", "RUSTUP_HOME"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))),
        );
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the binary with `args` that are separated by spaces.
    pub fn run(&self, args: &str) -> Outcome {
        let output = self.command(args).output().expect("the binary runs");
        Outcome {
            code: output.status.code(),
            stdout: self.hide_folder(&String::from_utf8_lossy(&output.stdout)),
            stderr: self.hide_folder(&String::from_utf8_lossy(&output.stderr)),
        }
    }

    fn hide_folder(&self, text: &str) -> String {
        let canonical = self.folder.path().canonicalize().expect("it exists");
        let hide = |text: &str, path: &Path| text.replace(&path.display().to_string(), "[FOLDER]");
        hide(&hide(text, &canonical), self.folder.path())
    }
}

impl Outcome {
    /// Asserts success, and yields stdout.
    #[track_caller]
    pub fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{self}");
        self.stdout
    }

    /// Asserts that it failed with `code`, printed no data, and told the user why without a panic; yields stderr.
    #[track_caller]
    pub fn failure(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self}");
        assert_eq!(self.stdout, "", "{self}");
        assert!(self.stderr.contains("error: ") && !self.stderr.contains("panicked"), "{self}");
        self.stderr
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {:?}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}
