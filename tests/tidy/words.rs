//! Words that do not belong in this repository, and the beginnings of doc comments.

use crate::findings::{self, Finding};
use crate::tree::{self, Tree};

const INVENTED: &str = "readers know the words of the field; a word that is invented, or means something else in \
                        trading, has to be explained each time";

/// An identifier or a part of one, and the word to use instead. The text of a string is input or output, not a name.
const INVENTED_WORDS: &[(&str, &str)] = &[
    ("verify_flat", "`cancel_timeout` or `verify_no_open_orders`: flat means no position"),
    ("not_flat", "`OrdersRemain`: flat means no position"),
    ("desk", "`OrderTracker`, `ClientSubscriptions`, `ControlService` ...: a desk is a team of traders"),
    ("desks", "see `desk`"),
    ("desked", "`TrackedOrder`"),
    ("voice", "`Notices`"),
    ("winding", "`shutdown`"),
    ("last_words", "`drain`"),
    ("one_host", "`account_lock`"),
    ("nonsense", "`MalformedResponse`"),
];

/// Words for an operator or user of one sex, in strings as well.
const PEOPLE: &[(&str, &str)] =
    &[("he", "they, the operator, the user"), ("him", "them"), ("his", "their"), ("himself", "themselves")];

/// File or folder, a word that has to stand there, and the reason. One that no longer stands there is a finding.
const ALLOWED: &[(&str, &str, &str)] =
    &[("host/docs/CHANGELOG.md", "verify_flat", "users look up the new name of the old key")];

/// This list stands here.
const THIS_FILE: &str = "tests/tidy/words.rs";

const OF_ONE_MACHINE: &str = "a stranger's checkout stands elsewhere: a path of one machine means nothing there";

/// Folders that belong to one person or one machine.
const FOLDERS: [&str; 4] = ["home", "root", "Users", "work"];

const SUMMARY: &str = "a summary says what the item is or does (\"Returns the open orders.\", \"Largest loss, \
                       in dollars.\"); a question leaves the answer to the reader";

const QUESTIONS: [&str; 10] = ["What", "Whether", "How", "When", "Where", "Who", "Whose", "Since", "So", "Whom"];

fn banned_words(tree: &Tree, allowed: &[(&str, &str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut used = vec![false; allowed.len()];
    for (path, line, text) in lines(tree).filter(|(path, ..)| *path != THIS_FILE) {
        let names = if path.ends_with(".rs") { without_strings(text) } else { text.to_owned() };
        let words = found(&names, INVENTED_WORDS).into_iter().chain(found(text, PEOPLE));
        for (word, instead) in words {
            match allowed.iter().position(|(place, here, _)| *here == word && tree::is_within(path, place)) {
                Some(entry) => used[entry] = true,
                None => findings.push(Finding::new(path, line, format!("`{word}`; use {instead}"))),
            }
        }
    }
    let unused = allowed.iter().zip(used).filter(|(_, used)| !used);
    findings.extend(unused.map(|((place, word, reason), _)| {
        Finding::new(place, 1, format!("`{word}` is allowed here ({reason}) but does not stand here"))
    }));
    findings
}

/// Returns the words of `banned` that the identifiers and words of a line have as a part.
fn found(text: &str, banned: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let identifiers: Vec<_> = identifiers(text).map(snake).collect();
    let stands = |word: &str| {
        let part = format!("_{word}_");
        identifiers.iter().any(|identifier| identifier.contains(&part))
    };
    banned.iter().copied().filter(|(word, _)| stands(word)).collect()
}

/// Returns a line of Rust without the strings that begin and end on it.
fn without_strings(line: &str) -> String {
    if line.trim_start().starts_with("//") {
        return line.to_owned();
    }
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('"') {
        parts.push(before);
        let Some((_, after)) = after.split_once('"') else { break };
        rest = after;
    }
    parts.push(rest);
    parts.join(" ")
}

fn paths_of_one_machine(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, line, text) in lines(tree) {
        for folder in FOLDERS.map(|folder| format!("/{folder}/")) {
            let is_absolute = |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || "._-~}".contains(c));
            if text.match_indices(&folder).any(|(at, _)| is_absolute(&text[..at])) {
                findings.push(Finding::new(path, line, format!("an absolute path below `{folder}`")));
            }
        }
    }
    findings
}

/// Returns path, line number and text of every line that people write.
fn lines(tree: &Tree) -> impl Iterator<Item = (&str, usize, &str)> {
    let written = tree.files().filter(|(path, _)| !path.ends_with(".lock") && !path.ends_with("-regressions"));
    written.flat_map(|(path, text)| text.lines().enumerate().map(move |(index, line)| (path, index + 1, line)))
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Returns an identifier in lower case with `_` at all its seams and both ends.
fn snake(identifier: &str) -> String {
    let mut snake = String::from("_");
    let mut before = '_';
    for c in identifier.chars() {
        if c.is_uppercase() && !before.is_uppercase() && before != '_' {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
        before = c;
    }
    snake.push('_');
    snake
}

fn questions(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_ending(".rs").filter(|(path, _)| !tree::is_frozen(path)) {
        let lines: Vec<_> = text.lines().map(str::trim_start).collect();
        for (index, line) in lines.iter().enumerate() {
            let begins = index == 0 || doc(lines[index - 1]).is_none();
            let first = doc(line).filter(|_| begins).and_then(|text| text.split_whitespace().next());
            let question = first.filter(|word| QUESTIONS.contains(word));
            if question.is_some() && !(text.contains("clap::") && is_help(&lines[index..])) {
                findings.push(Finding::new(path, index + 1, format!("summary begins like a question: {line}")));
            }
        }
    }
    findings
}

fn doc(line: &str) -> Option<&str> {
    line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
}

/// Returns true for the help text of an argument ("Where to write it"), which by custom ends without a full stop.
fn is_help(lines: &[&str]) -> bool {
    let paragraph = lines.iter().map_while(|line| doc(line)).take_while(|text| !text.trim().is_empty());
    paragraph.last().is_some_and(|last| !last.ends_with('.'))
}

#[test]
fn no_banned_words() {
    findings::expect_none(INVENTED, banned_words(Tree::checkout(), ALLOWED));
}

#[test]
fn no_paths_of_one_machine() {
    findings::expect_none(OF_ONE_MACHINE, paths_of_one_machine(Tree::checkout()));
}

#[test]
fn no_summary_is_a_question() {
    findings::expect_none(SUMMARY, questions(Tree::checkout()));
}

#[test]
fn finds_banned_words() {
    let lines = [
        "// He left; the position is not flat.",
        "let order_desk = NotFlat; // unwinding",
        "fn is_not_flat(_: &'desk str) { \"desk, his\" }",
    ];
    let tree = Tree::made_up(&[("a.rs", &lines.join("\n")), ("b.md", "The desktop.\nHis desk."), ("c.lock", "desk")]);
    let allowed = [("b.md", "desk", "quoted"), ("a.rs", "voice", "gone")];
    let found: Vec<_> = banned_words(&tree, &allowed).into_iter().map(|found| (found.path, found.line)).collect();
    assert_eq!(
        found,
        [("a.rs", 1), ("a.rs", 2), ("a.rs", 2), ("a.rs", 3), ("a.rs", 3), ("a.rs", 3), ("b.md", 2), ("a.rs", 1)]
            .map(|(p, l)| (p.into(), l))
    );
}

#[test]
fn finds_paths_of_one_machine() {
    let [home, root, ..] = FOLDERS;
    let text = format!("see /{home}/alex/x\nwww.example.com/{home}/x\n~/{root}/x `/{root}/y`");
    let tree = Tree::made_up(&[("a.md", text.as_str())]);
    findings::expect(
        paths_of_one_machine(&tree),
        &[&format!("a.md:1: an absolute path below `/{home}/`"), &format!("a.md:3: an absolute path below `/{root}/`")],
    );
}

#[test]
fn finds_questions() {
    let text =
        "//! Where rows come from.\n\n/// Returns true if open.\n/// What else?\n\n    /// Whether it is open.\n";
    let help = "use clap::Args;\n/// Where to write it\n///\n/// More.\n/// What it is.\n\n/// How it is.\n";
    findings::expect(
        questions(&Tree::made_up(&[("a.rs", text), ("b.rs", help)])),
        &[
            "a.rs:1: summary begins like a question: //! Where rows come from.",
            "a.rs:6: summary begins like a question: /// Whether it is open.",
            "b.rs:7: summary begins like a question: /// How it is.",
        ],
    );
}
