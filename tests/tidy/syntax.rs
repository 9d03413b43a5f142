//! Small questions about syntax trees.

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Attribute, Item, UseTree};

/// Returns true for `#[cfg(test)]` and for conditions that demand it.
pub fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg") && demands_test(&list.tokens)
    })
}

fn demands_test(condition: &TokenStream) -> bool {
    let mut tokens = condition.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let TokenTree::Ident(name) = &token else { continue };
        match tokens.peek() {
            Some(TokenTree::Group(inner)) if name == "all" && demands_test(&inner.stream()) => return true,
            Some(TokenTree::Group(_)) => drop(tokens.next()),
            _ if name == "test" => return true,
            _ => {}
        }
    }
    false
}

pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// One name that a `use` brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub path: Vec<String>,
    /// Name within the module; `None` for `*`.
    pub name: Option<String>,
    pub line: usize,
}

pub fn imports(tree: &UseTree) -> Vec<Import> {
    let mut found = Vec::new();
    collect(tree, &mut Vec::new(), &mut found);
    found
}

fn collect(tree: &UseTree, prefix: &mut Vec<String>, found: &mut Vec<Import>) {
    let line = tree.span().start().line;
    let (last, name) = match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            collect(&path.tree, prefix, found);
            prefix.pop();
            return;
        }
        UseTree::Group(group) => return group.items.iter().for_each(|tree| collect(tree, prefix, found)),
        UseTree::Glob(_) => return found.push(Import { path: prefix.clone(), name: None, line }),
        UseTree::Name(name) => (&name.ident, &name.ident),
        UseTree::Rename(name) => (&name.ident, &name.rename),
    };
    let mut path = prefix.clone();
    // `use a::b::{self}` imports `a::b`.
    if last != "self" {
        path.push(last.to_string());
    }
    let name = if name == "self" { path.last().cloned() } else { Some(name.to_string()) };
    found.extend(name.map(|name| Import { path, name: Some(name), line }));
}

/// A path such as `a::b::c` among the tokens of a macro call, which has no syntax tree.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenPath {
    pub path: Vec<String>,
    pub line: usize,
    /// A call follows: `(` or `!`.
    pub called: bool,
}

pub fn token_paths(tokens: &TokenStream) -> Vec<TokenPath> {
    let mut found: Vec<TokenPath> = Vec::new();
    // Colons since the last name; a dot before a name makes it a field or a method.
    let (mut colons, mut dot) = (0, false);
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(name) => {
                match found.last_mut() {
                    Some(last) if colons == 2 => last.path.push(name.to_string()),
                    _ if dot => {}
                    _ => {
                        let line = name.span().start().line;
                        found.push(TokenPath { path: vec![name.to_string()], line, called: false });
                    }
                }
                (colons, dot) = (0, false);
            }
            TokenTree::Punct(mark) => {
                if let ('!', Some(last)) = (mark.as_char(), found.last_mut()) {
                    last.called = true;
                }
                colons = if mark.as_char() == ':' { colons + 1 } else { 0 };
                dot = mark.as_char() == '.';
            }
            TokenTree::Group(group) => {
                if let (proc_macro2::Delimiter::Parenthesis, Some(last), 0) =
                    (group.delimiter(), found.last_mut(), colons)
                {
                    last.called = true;
                }
                found.extend(token_paths(&group.stream()));
                // Keeps a path inside the group apart from what follows the group.
                found.push(TokenPath { path: vec![String::new()], line: 0, called: false });
                (colons, dot) = (0, false);
            }
            TokenTree::Literal(_) => (colons, dot) = (0, false),
        }
    }
    found.retain(|found| !found.path[0].is_empty());
    found
}

#[test]
fn flattens_imports() {
    let item: syn::ItemUse = syn::parse_str("use a::{self, b::{C as D, *}, e::{self as f, g}};").expect("valid");
    let found: Vec<_> = imports(&item.tree).into_iter().map(|import| (import.path.join("::"), import.name)).collect();
    let expected =
        [("a", Some("a")), ("a::b::C", Some("D")), ("a::b", None), ("a::e", Some("f")), ("a::e::g", Some("g"))];
    assert_eq!(found, expected.map(|(path, name)| (path.to_owned(), name.map(str::to_owned))));
}

#[test]
fn knows_conditions_that_demand_a_test() {
    for (condition, expected) in [
        ("test", true),
        ("all(unix, test)", true),
        ("not(test)", false),
        ("any(test, feature = \"x\")", false),
        ("unix", false),
    ] {
        let item: Item = syn::parse_str(&format!("#[cfg({condition})] mod a {{}}")).expect("valid");
        assert_eq!(only_for_tests(attributes(&item)), expected, "{condition}");
    }
}

#[test]
fn reads_paths_from_tokens() {
    let tokens: TokenStream = "\"{}\", super::rules::price(quote.bid), x.y, Named { z: 1 }".parse().expect("tokens");
    let found: Vec<_> = token_paths(&tokens).into_iter().map(|found| found.path.join("::")).collect();
    assert_eq!(found, ["super::rules::price", "quote", "x", "Named", "z"]);
}
