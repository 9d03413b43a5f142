//! Rules about length: functions, files, lines.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::findings::{self, Finding};
use crate::tree::{self, Tree};

const MOST_FUNCTION_LINES: usize = 60;
const FUNCTIONS: &str = "a function fits on one screen";

const MOST_FILE_LINES: usize = 400;
const FILES: &str = "a file has one subject, and its header says which";

const MOST_COLUMNS: usize = 120;
const WIDTH: &str = "one width for everything, including comments, strings and Markdown, which no formatter wraps";

fn long_functions(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, file) in tree.parsed() {
        let Extents { functions, snapshots } = Extents::of(&file);
        for (name, lines) in functions {
            let first = *lines.start();
            let code = lines.filter(|line| !snapshots.contains(line)).count();
            if code > MOST_FUNCTION_LINES {
                findings.push(Finding::new(path, first, format!("function `{name}` has {code} lines")));
            }
        }
    }
    findings
}

/// The lines of what stands in a file.
#[derive(Default)]
struct Extents {
    functions: Vec<(String, RangeInclusive<usize>)>,
    /// Lines of snapshots that tests keep of what a program prints: they are as long as the program makes them.
    snapshots: BTreeSet<usize>,
}

impl Extents {
    fn of(file: &syn::File) -> Self {
        let mut extents = Self::default();
        extents.visit_file(file);
        extents
    }

    fn add(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let lines = signature.span().start().line..=body.span().end().line;
        self.functions.push((signature.ident.to_string(), lines));
    }

    /// Adds what stands among the tokens of a macro call: functions, as in `proptest!`, and snapshots (`@"..."`).
    fn add_tokens(&mut self, tokens: &TokenStream) {
        let (mut after_fn, mut after_at) = (None, false);
        let mut open: Option<(String, usize)> = None;
        for token in tokens.clone() {
            let snapshot = std::mem::replace(&mut after_at, false);
            match token {
                TokenTree::Ident(word) if word == "fn" => after_fn = Some(word.span().start().line),
                TokenTree::Ident(word) => open = after_fn.take().map(|line| (word.to_string(), line)).or(open),
                TokenTree::Punct(mark) => after_at = mark.as_char() == '@',
                TokenTree::Literal(text) if snapshot => {
                    self.snapshots.extend(text.span().start().line + 1..text.span().end().line);
                }
                TokenTree::Literal(_) => {}
                TokenTree::Group(group) => {
                    if let Some((name, first)) = open.take_if(|_| group.delimiter() == Delimiter::Brace) {
                        self.functions.push((name, first..=group.span_close().end().line));
                    }
                    self.add_tokens(&group.stream());
                }
            }
        }
    }
}

impl Visit<'_> for Extents {
    fn visit_item_fn(&mut self, function: &syn::ItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.add(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        self.add_tokens(&call.tokens);
    }
}

fn long_files(tree: &Tree) -> Vec<Finding> {
    let long = tree.with_ending(".rs").map(|(path, text)| (path, text.lines().count()));
    long.filter(|(_, lines)| *lines > MOST_FILE_LINES)
        .map(|(path, lines)| Finding::new(path, lines, format!("file has {lines} lines")))
        .collect()
}

fn wide_lines(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_ending(".rs") {
        let wide: Vec<_> = wide(path, text, |line| line.chars().count()).collect();
        if !wide.is_empty() {
            let snapshots = Extents::of(&tree::parse(path, text)).snapshots;
            findings.extend(wide.into_iter().filter(|finding| !snapshots.contains(&finding.line)));
        }
    }
    findings.extend(tree.with_ending(".md").flat_map(|(path, text)| wide(path, text, markdown_columns())));
    findings
}

fn wide(path: &str, text: &str, columns: impl Fn(&str) -> usize) -> impl Iterator<Item = Finding> {
    let lines = text.lines().enumerate().map(move |(index, line)| (index + 1, columns(line)));
    let wide = lines.filter(|(_, columns)| *columns > MOST_COLUMNS);
    wide.map(move |(line, columns)| Finding::new(path, line, format!("{columns} columns")))
}

/// Returns the width of the text that can be wrapped: tables, code blocks and link targets do not count.
fn markdown_columns() -> impl Fn(&str) -> usize {
    let in_code = std::cell::Cell::new(false);
    move |line| {
        if line.trim_start().starts_with("```") {
            in_code.set(!in_code.get());
        }
        if in_code.get() || line.trim_start().starts_with('|') {
            return 0;
        }
        let mut columns = line.chars().count();
        for address in line.split("](").skip(1) {
            columns -= address.split(')').next().unwrap_or_default().chars().count();
        }
        columns
    }
}

#[test]
fn functions_are_short() {
    findings::expect_none(FUNCTIONS, long_functions(Tree::checkout()));
}

#[test]
fn files_are_short() {
    findings::expect_none(FILES, long_files(Tree::checkout()));
}

#[test]
fn lines_are_short() {
    findings::expect_none(WIDTH, wide_lines(Tree::checkout()));
}

#[test]
fn finds_long_functions() {
    let (fits, long) = ("\n".repeat(59), "\n".repeat(60));
    let text = [
        format!("fn fits() {{{fits}}}"),
        format!("fn long() {{{long}}}"),
        format!("mod m {{ impl A {{ fn method() {{{long}}} }} }}"),
        format!("proptest! {{ fn p(a in 0..1) {{{long}}} }}"),
        format!("fn test() {{ snapshot!(help(), @\"{long}\") }}"),
    ]
    .join("\n");
    findings::expect(
        long_functions(&Tree::made_up(&[("a/src/lib.rs", &text)])),
        &[
            "a/src/lib.rs:122: function `method` has 61 lines",
            "a/src/lib.rs:183: function `p` has 61 lines",
            "a/src/lib.rs:61: function `long` has 61 lines",
        ],
    );
}

#[test]
fn finds_long_files() {
    let (fits, long) = ("\n".repeat(400), "\n".repeat(401));
    let tree = Tree::made_up(&[("a.rs", &fits), ("b.rs", &long), ("c.md", &long)]);
    findings::expect(long_files(&tree), &["b.rs:401: file has 401 lines"]);
}

#[test]
fn finds_wide_lines() {
    let (fits, wide) = ("é".repeat(120), "é".repeat(121));
    let markdown = format!("{fits}\n{wide}\n| {wide} |\n```\n{wide}\n```\n[a]({wide})\n[{wide}](a)\n");
    let tree = Tree::made_up(&[
        ("a.rs", &format!("//{fits}\nfn f() {{ snapshot!(@\"\n{wide}\n\", \"\n{wide}\n\"); }}")),
        ("b.md", &markdown),
        ("c.sql", &wide),
    ]);
    findings::expect(
        wide_lines(&tree),
        &["a.rs:1: 122 columns", "a.rs:5: 121 columns", "b.md:2: 121 columns", "b.md:8: 125 columns"],
    );
}
