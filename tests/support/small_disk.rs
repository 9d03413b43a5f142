//! A file system that fills up.

use std::process::{Command, Output};

use super::environment::Environment;

/// Runs the binary with `args` in a mount namespace of its own, where `folder` is a file system of `size`. Files that
/// are left there are copied to the folder `kept`. Returns `None`, and prints the reason, where the kernel allows no
/// unprivileged namespaces.
pub fn run(environment: &Environment, size: &str, folder: &str, args: &str) -> Option<Output> {
    for folder in [folder, "kept"] {
        std::fs::create_dir(environment.path(folder)).expect("a folder");
    }
    let script = format!(
        "mount -t tmpfs -o size={size} none {folder} 2>/dev/null || exit 77; \
         \"$0\" \"$@\"; code=$?; cp -a {folder}/. kept/; exit $code"
    );
    let host = environment.command(args);
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", &script, env!("CARGO_BIN_EXE_host")]).args(host.get_args());
    let variables = host.get_envs().filter_map(|(name, value)| Some((name, value?)));
    command.current_dir(environment.path("")).env_clear().envs(variables);
    let output = command.output().expect("unshare runs");
    if output.status.code() == Some(77) || output.stderr.starts_with(b"unshare: ") {
        println!("skipped: no small file system can be made here ({output:?})");
        return None;
    }
    Some(output)
}

/// The outcome of a command whose disk filled up.
pub struct Filled {
    pub stdout: String,
    pub stderr: String,
    /// Names of the files left in the folder, hidden ones included.
    pub left: Vec<String>,
}

/// Runs `args`, which must fail with 1, with a file system of `size` at `full`; see [`run`].
pub fn fill(environment: &Environment, size: &str, args: &str) -> Option<Filled> {
    let output = run(environment, size, "full", args)?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let left = std::fs::read_dir(environment.path("kept")).expect("the folder").flatten();
    Some(Filled {
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
        left: left.map(|file| file.file_name().to_string_lossy().into_owned()).collect(),
    })
}
