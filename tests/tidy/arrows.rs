//! Allowed dependencies between crates, and forbidden ones between the modules of a crate.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use crate::findings::{self, Finding};
use crate::modules::{self, Crate};
use crate::packages::{self, Package, packages};
use crate::tree::{self, Tree};

const CRATES: &str = "dependencies point down only, so that each crate can be read, built and tested without those \
                      above it; another arrow is a change of the design and is made here first";

/// Each crate of the workspace with all crates of the workspace that it may use; tests and benchmarks may use any.
/// The list is exact: an arrow that is not there any more has to go from here as well.
const ALLOWED: &[(&str, &[&str])] = &[
    ("host-core", &[]),
    ("host-system", &[]),
    ("host-sim", &["host-core"]),
    ("host-report", &["host-core"]),
    ("host-pages", &["host-core", "host-report"]),
    ("host-sandbox", &["host-core", "host-system"]),
    ("host-store", &["host-core", "host-system"]),
    ("host-venues", &["host-core", "host-system"]),
    ("host-exchange", &["host-core", "host-sim", "host-system"]),
    ("host-session", &["host-core", "host-report", "host-sandbox", "host-sim", "host-store", "host-system"]),
    (
        "host-evaluate",
        &["host-core", "host-report", "host-sandbox", "host-session", "host-sim", "host-store", "host-system"],
    ),
    ("host-download", &["host-core", "host-store", "host-system", "host-venues"]),
    (
        "host-live",
        &["host-core", "host-sandbox", "host-session", "host-sim", "host-store", "host-system", "host-venues"],
    ),
    (
        "host-monitor",
        &[
            "host-core",
            "host-live",
            "host-pages",
            "host-report",
            "host-sandbox",
            "host-session",
            "host-store",
            "host-system",
        ],
    ),
    (
        "host",
        &[
            "host-core",
            "host-download",
            "host-evaluate",
            "host-exchange",
            "host-live",
            "host-monitor",
            "host-pages",
            "host-report",
            "host-sandbox",
            "host-session",
            "host-sim",
            "host-store",
            "host-system",
            "host-venues",
        ],
    ),
    // For tests only: no crate above lists it.
    ("host-testkit", &["host-core", "host-exchange", "host-sim"]),
    ("strategy-sdk", &[]),
    ("mean-reversion", &["strategy-sdk"]),
    ("calendar-spread", &["strategy-sdk"]),
    ("drill", &["strategy-sdk"]),
    ("tidy", &[]),
];

/// Crates that must not use certain others, not even through a third one.
const FORBIDDEN: &[(&[&str], &[&str], &str)] = &[
    (
        &["host-core", "host-sim", "host-report", "host-pages"],
        &["tokio", "wasmtime", "reqwest", "rusqlite", "axum"],
        "pure: no clock, no socket, no file, the same result on every machine",
    ),
    (
        &["host-download", "host-evaluate", "host-live", "host-session"],
        &["clap", "indicatif", "ctrlc", "host-exchange", "axum"],
        "a library without terminal, arguments and stand-in venue",
    ),
    (&["host-evaluate", "host-session"], &["tokio", "reqwest"], "a back test waits for nobody"),
    (
        &["mean-reversion", "calendar-spread", "drill", "strategy-sdk"],
        &["host-core"],
        "strategies know the contract only",
    ),
];

const MODULES: &str = "within a crate, too, a module does not know the modules that use it";

/// File or folder, the one it must not use, and the reason.
const FORBIDDEN_MODULES: &[(&str, &str, &str)] = &[
    ("host/core/src/risk", "host/core/src/engine", "limits hold for every trader alike"),
    ("host/core/src/risk", "host/core/src/portfolio", "a limit trusts no figure that it has not counted itself"),
    ("host/core/src/portfolio", "host/core/src/engine", "positions follow from fills alone"),
    ("host/core/src/portfolio", "host/core/src/risk", "positions follow from fills alone"),
    ("host/sim/src/fill", "host/sim/src/generator", "a fill model is the same on recorded and on made-up markets"),
    ("host/exchange/src/venue", "host/exchange/src/server", "matching is pure; the server is one way to reach it"),
    ("host/store/src/journal", "host/store/src/live", "a journal is written and read without an account"),
    ("host/store/src/tape", "host/store/src/import", "a tape is read the same way whatever made it"),
    ("host/store/src/tape", "host/store/src/recording", "a tape is read the same way whatever made it"),
    ("host/venues/src/model.rs", "host/venues/src/kalshi", "the model is every venue's"),
    ("host/venues/src/client", "host/venues/src/kalshi", "retries and budgets are every venue's"),
    ("host/venues/src/clock", "host/venues/src/kalshi", "the clock is every venue's"),
    ("host/session/src/session.rs", "host/session/src/replay", "a replay is one way to drive a session"),
    ("host/live/src/control", "host/live/src/host", "the kill switch works whatever the loop does"),
    ("host/live/src/orders", "host/live/src/host", "an order's life is told by events, not by the loop"),
    ("host/live/src/reconcile", "host/live/src/host", "books are compared without a loop"),
    ("host/live/src/notice.rs", "host/live/src/host", "notices have many readers and no favourite"),
    ("host/cli/src/terminal", "host/cli/src/commands", "the terminal serves every command"),
    ("host/cli/src/terminal", "host/cli/src/config", "errors in the configuration are shown as well"),
    ("host/cli/src/config", "host/cli/src/commands", "settings are read before a command runs"),
    ("host/cli/src/strategies", "host/cli/src/commands", "strategies are loaded for every command alike"),
];

fn wrong_arrows(tree: &Tree, allowed: &[(&str, &[&str])]) -> Vec<Finding> {
    let packages = packages(tree);
    let names: BTreeSet<_> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package.member) {
        let used: BTreeSet<_> =
            package.dependencies.iter().map(String::as_str).filter(|name| names.contains(name)).collect();
        let listed = allowed.iter().find(|(name, _)| *name == package.name);
        let listed: BTreeSet<_> = listed.into_iter().flat_map(|(_, others)| others.iter().copied()).collect();
        let new = used.difference(&listed).map(|other| format!("arrow {} -> {other} is not allowed", package.name));
        let gone = listed.difference(&used).map(|other| format!("no arrow {} -> {other} as listed", package.name));
        findings.extend(new.chain(gone).map(|what| Finding::new(&package.manifest(), 1, what)));
    }
    let unknown = allowed.iter().filter(|(name, _)| !names.contains(name));
    findings.extend(unknown.map(|(name, _)| Finding::new("Cargo.toml", 1, format!("no crate `{name}` as listed"))));
    findings
}

/// Returns for each package, ours or not, what it uses: ours from the manifests, because the lock file does not tell
/// tests' dependencies from others. Versions of one package are taken together.
fn graph(tree: &Tree, packages: &[Package]) -> BTreeMap<String, BTreeSet<String>> {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let lock = packages::manifest("Cargo.lock", tree.text("Cargo.lock").unwrap_or_default());
    for package in lock.get("package").and_then(Value::as_array).into_iter().flatten() {
        let Some(name) = package.get("name").and_then(Value::as_str) else { continue };
        let used = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
        let used = used.filter_map(|other| other.as_str()?.split(' ').next()).map(str::to_owned);
        graph.entry(name.to_owned()).or_default().extend(used);
    }
    graph.extend(packages.iter().map(|package| (package.name.clone(), package.dependencies.clone())));
    graph
}

fn forbidden_packages(tree: &Tree, forbidden: &[(&[&str], &[&str], &str)]) -> Vec<Finding> {
    let packages = packages(tree);
    let graph = graph(tree, &packages);
    let mut findings = Vec::new();
    for (users, others, why) in forbidden {
        for package in packages.iter().filter(|package| users.contains(&package.name.as_str())) {
            let ways = ways(&graph, &package.name);
            let reached = others.iter().filter_map(|other| ways.get(other));
            findings.extend(
                reached.map(|way| Finding::new(&package.manifest(), 1, format!("{} ({why})", way.join(" -> ")))),
            );
        }
    }
    findings
}

/// Returns everything that can be reached from a package, with the shortest way to it.
fn ways<'a>(graph: &'a BTreeMap<String, BTreeSet<String>>, from: &'a str) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut ways = BTreeMap::from([(from, vec![from])]);
    let mut open = std::collections::VecDeque::from([from]);
    while let Some(package) = open.pop_front() {
        for other in graph.get(package).into_iter().flatten() {
            if !ways.contains_key(other.as_str()) {
                let way = ways[package].iter().copied().chain([other.as_str()]).collect();
                ways.insert(other, way);
                open.push_back(other);
            }
        }
    }
    ways
}

fn forbidden_modules(tree: &Tree, crates: &[Crate], forbidden: &[(&str, &str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for modules in crates {
        for edge in modules.edges() {
            let broken = forbidden
                .iter()
                .find(|(from, to, _)| tree::is_within(&edge.from, from) && tree::is_within(&edge.to, to));
            findings.extend(broken.map(|(_, _, why)| {
                Finding::new(&edge.from, edge.line, format!("uses `{}` of {} ({why})", edge.name, edge.to))
            }));
        }
    }
    for place in forbidden.iter().flat_map(|(from, to, _)| [from, to]) {
        if !tree.files().any(|(path, _)| tree::is_within(path, place)) {
            findings.push(Finding::new(place, 1, "a forbidden arrow is listed for it, but there is no such file"));
        }
    }
    findings
}

#[test]
fn arrows_between_crates_are_as_designed() {
    findings::expect_none(CRATES, wrong_arrows(Tree::checkout(), ALLOWED));
}

#[test]
fn pure_crates_stay_pure() {
    findings::expect_none(CRATES, forbidden_packages(Tree::checkout(), FORBIDDEN));
}

#[test]
fn arrows_within_crates_run_down() {
    findings::expect_none(MODULES, forbidden_modules(Tree::checkout(), modules::of_checkout(), FORBIDDEN_MODULES));
}

#[test]
fn finds_wrong_arrows() {
    let tree = Tree::made_up(&[
        ("a/Cargo.toml", "package.name = \"a\"\ndependencies.b.workspace = true\ndev-dependencies.c.workspace = true"),
        ("b/Cargo.toml", "package.name = \"b\"\ndependencies.a.workspace = true\ndependencies.serde = \"1\""),
        ("c/Cargo.toml", "package.name = \"c\""),
        ("e/Cargo.toml", "package.name = \"e\"\nworkspace.resolver = \"3\"\ndependencies.a.path = \"../a\""),
    ]);
    findings::expect(
        wrong_arrows(&tree, &[("a", &["b"]), ("b", &["c"]), ("d", &[])]),
        &[
            "Cargo.toml:1: no crate `d` as listed",
            "b/Cargo.toml:1: arrow b -> a is not allowed",
            "b/Cargo.toml:1: no arrow b -> c as listed",
        ],
    );
}

#[test]
fn finds_forbidden_packages() {
    let tree = Tree::made_up(&[
        ("a/Cargo.toml", "package.name = \"a\"\ndependencies.b.workspace = true\ndev-dependencies.tokio = \"1\""),
        ("b/Cargo.toml", "package.name = \"b\"\ndependencies.http = \"1\""),
        ("c/Cargo.toml", "package.name = \"c\"\ndev-dependencies.tokio = \"1\""),
        ("Cargo.lock", "[[package]]\nname = \"http\"\ndependencies = [\"tokio 1.2.3\"]\n[[package]]\nname = \"tokio\""),
    ]);
    findings::expect(
        forbidden_packages(&tree, &[(&["a", "c"], &["tokio", "axum"], "pure")]),
        &["a/Cargo.toml:1: a -> b -> http -> tokio (pure)"],
    );
}

#[test]
fn finds_forbidden_modules() {
    let tree = Tree::made_up(&[
        ("a/Cargo.toml", "package.name = \"a\""),
        ("a/src/lib.rs", "mod commands; mod text;"),
        ("a/src/commands.rs", "use crate::text::wrap; pub struct Run;"),
        ("a/src/text.rs", "\npub fn wrap(_: crate::commands::Run) {}"),
    ]);
    findings::expect(
        forbidden_modules(
            &tree,
            &modules::crates(&tree),
            &[("a/src/text.rs", "a/src/commands.rs", "below"), ("a/src/gone", "a/src", "moved")],
        ),
        &[
            "a/src/gone:1: a forbidden arrow is listed for it, but there is no such file",
            "a/src/text.rs:2: uses `Run` of a/src/commands.rs (below)",
        ],
    );
}
