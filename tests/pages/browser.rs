//! Pages in headless Chromium: at the widths of phones and desktops, light and dark, printed, and checked by axe-core.
//!
//! Chromium and Node.js are installed with `apt-get` where they are missing, playwright-core and axe-core from the
//! user's package index. `HOST_SKIP_BROWSER` skips what needs them where that is not possible or not wanted.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

use crate::support::installed::install_unless;
use crate::support::node::node_with;

/// The packages of npm, each of one version: axe's rules are part of the test.
const PACKAGES: [&str; 2] = ["playwright-core@1.65.1", "axe-core@4.14.1"];

/// The findings of a browser on a page.
#[derive(Debug)]
pub struct Found {
    json: Value,
}

/// Looks at the page in the file `page`; `None` if browsers are skipped. Pictures are left in the build's folder.
pub fn look(page: &Path) -> Option<Found> {
    let name = page.file_stem().expect("a name").to_string_lossy().into_owned();
    run_script("look.mjs", &page.display().to_string(), &name).map(|json| Found { json })
}

/// Runs a script of this folder in the browser with `argument`, and returns what it prints; `None` if browsers are
/// skipped. Its pictures are left in the build's folder, under `name`.
pub fn run_script(script: &str, argument: &str, name: &str) -> Option<Value> {
    if std::env::var_os("HOST_SKIP_BROWSER").is_some() {
        println!("skipped: HOST_SKIP_BROWSER is set");
        return None;
    }
    let (chromium, packages) = installed();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/pages").join(script);
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures").join(name);
    let mut command = Command::new("node");
    command.arg(script).arg(argument).arg(pictures).current_dir(packages).env("CHROMIUM", chromium);
    // Chromium fails to take pictures when several of it share a small machine.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let output = command.output().expect("node runs");
    drop(turn);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the browser failed: {said}");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// Returns the path of Chromium, and the folder with the packages.
fn installed() -> &'static (String, PathBuf) {
    static INSTALLED: OnceLock<(String, PathBuf)> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        (install_unless("chromium", "chromium", Some("HOST_SKIP_BROWSER")), node_with(&PACKAGES, "HOST_SKIP_BROWSER"))
    })
}

impl Found {
    /// Asserts that the page reads well in every state: nothing sticks out, nothing is fetched or run, axe finds no
    /// fault, and it is printed on white paper.
    #[track_caller]
    pub fn assert_reads_well(&self) {
        let list = |name: &str| self.json[name].as_array().unwrap_or_else(|| panic!("{name} in {}", self.json)).clone();
        for state in list("states") {
            assert_eq!(state["scrolled"], state["width"], "it is wider than the screen: {state}");
            assert_eq!(state["cut_off"], Value::Array(Vec::new()), "{state}");
        }
        assert_eq!(list("states").len(), 8);
        assert_eq!(list("violations"), Vec::<Value>::new());
        assert_eq!(list("said"), Vec::<Value>::new());
        let strangers: Vec<Value> = list("requests")
            .into_iter()
            .filter(|url| !url.as_str().is_some_and(|url| url.starts_with("file://")))
            .collect();
        assert_eq!(strangers, Vec::<Value>::new(), "it asks the network");
        assert_eq!(self.json["paper"], "rgb(255, 255, 255)");
        assert_eq!(self.json["printed_width"], 684, "it is wider than the paper");
        assert_eq!(self.json["scripts"], 0);
    }

    /// Returns the text of the page.
    pub fn text(&self) -> &str {
        self.json["text"].as_str().expect("a text")
    }

    /// Returns the number of printed sheets.
    pub fn sheets(&self) -> u64 {
        self.json["sheets"].as_u64().expect("a number")
    }
}
