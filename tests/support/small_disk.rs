//! A disk that fills up.

use std::process::{Command, Output};

use super::environment::Environment;

/// Runs the binary with `args` where the folder `folder` is a file system of `size`, in a namespace of its own; what it leaves
/// there is copied to the folder `kept`. `None`, with the reason printed, where the kernel lets nobody make one: no rights are
/// needed where it allows that at all.
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
