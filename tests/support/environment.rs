//! A folder of its own for each test, and the binary run in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder that a test's processes run in, with their environment variables.
#[derive(Debug)]
pub struct Environment {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// Exit code and output of a process that has ended.
#[derive(Debug)]
#[must_use = "either snapshot the output or assert on it"]
pub struct Outcome {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Environment {
    /// Creates an empty folder.
    pub fn new() -> Environment {
        Environment { folder: tempfile::tempdir().expect("a temporary folder"), variables: Vec::new() }
    }

    /// Adds an environment variable.
    pub fn with(mut self, name: &str, value: &str) -> Environment {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// Reads a text file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a text file")
    }

    /// The path of `name` within the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary, ready to run in the folder with `args`, which are separated by spaces.
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

    /// Runs the binary with `args`, which are separated by spaces, to its end.
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
    /// Asserts success and returns stdout.
    #[track_caller]
    pub fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{self}");
        self.stdout
    }

    /// Asserts that the process failed with `code`, printed no data, and told the user why without a panic; returns
    /// stderr.
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

/// Asserts that `args`, run in a new environment that `prepare` has filled, fail with `code` and a message that
/// contains all of `expect`.
#[track_caller]
pub fn assert_refused(prepare: impl Fn(&Environment), args: &str, code: i32, expect: &[&str]) {
    let environment = Environment::new();
    prepare(&environment);
    let said = environment.run(args).failure(code);
    for expect in expect {
        assert!(said.contains(expect), "`host {args}` does not say `{expect}`:\n{said}");
    }
}
