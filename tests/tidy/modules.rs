//! The modules of one crate: which file defines which name, and which name a path means.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use proc_macro2::TokenStream;
use syn::visit::{self, Visit};
use syn::{Item, ItemMod};

use crate::packages::{normal, packages};
use crate::syntax::{self, Import};
use crate::tree::{self, Tree};

#[derive(Debug, Default)]
pub struct Module {
    pub file: String,
    /// Compiled for tests only.
    pub test: bool,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// Names that this module defines itself.
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// Paths that its code uses, private imports among them. A re-export alone is none: it is a table of contents.
    pub uses: Vec<(Vec<String>, usize)>,
    /// Types that it defines, within functions as well.
    pub types: Vec<(String, usize)>,
}

/// A use of a name that another file of the crate defines.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub from: String,
    pub to: String,
    pub name: String,
    pub line: usize,
}

#[derive(Debug, Default)]
pub struct Crate {
    pub modules: Vec<Module>,
}

enum Meaning {
    Module(usize),
    Item { file: String, name: String },
}

impl Crate {
    /// Reads the crate that begins at the file `root`.
    pub fn read(tree: &Tree, root: &str) -> Self {
        let mut modules = Self::default();
        let place = Place { file: root.to_owned(), folder: folder(root), own_folder: true };
        modules.add_file(tree, place, None, false);
        modules
    }

    pub fn files(&self) -> BTreeSet<&str> {
        self.modules.iter().map(|module| module.file.as_str()).collect()
    }

    /// Returns the modules of production code.
    pub fn production(&self) -> impl Iterator<Item = &Module> {
        self.modules.iter().filter(|module| !module.test && tree::is_production(&module.file))
    }

    /// Returns the uses among the crate's files, tests aside.
    pub fn edges(&self) -> BTreeSet<Edge> {
        let mut edges = BTreeSet::new();
        for (index, module) in self.modules.iter().enumerate().filter(|(_, module)| !module.test) {
            for (path, line) in &module.uses {
                let Some(Meaning::Item { file, name }) = self.meaning(index, path, &mut Vec::new()) else { continue };
                if file != module.file {
                    edges.insert(Edge { from: module.file.clone(), to: file, name, line: *line });
                }
            }
        }
        edges
    }

    fn add_file(&mut self, tree: &Tree, place: Place, parent: Option<usize>, test: bool) -> Option<usize> {
        let text = tree.text(&place.file)?;
        let file = tree::parse(&place.file, text);
        let test = test || syntax::only_for_tests(&file.attrs);
        Some(self.add(tree, &place, &file.items, parent, test))
    }

    fn add(&mut self, tree: &Tree, place: &Place, items: &[Item], parent: Option<usize>, test: bool) -> usize {
        let index = self.modules.len();
        self.modules.push(Module { file: place.file.clone(), test, parent, ..Module::default() });
        for item in items {
            let test = test || syntax::only_for_tests(syntax::attributes(item));
            match item {
                Item::Mod(item) => {
                    let child = match &item.content {
                        Some((_, items)) => Some(self.add(tree, &place.inline(item), items, Some(index), test)),
                        None => self.add_file(tree, place.child(tree, item), Some(index), test),
                    };
                    self.modules[index].children.extend(child.map(|child| (item.ident.to_string(), child)));
                }
                _ if test && !self.modules[index].test => {}
                item => self.modules[index].add(item),
            }
        }
        index
    }

    fn meaning(&self, from: usize, path: &[String], seen: &mut Vec<(usize, String)>) -> Option<Meaning> {
        let (first, mut rest) = path.split_first()?;
        let mut current = match first.as_str() {
            "crate" => Meaning::Module(0),
            "self" => Meaning::Module(from),
            "super" => Meaning::Module(self.modules[from].parent?),
            name => self.named(from, name, seen)?,
        };
        while let (Meaning::Module(module), Some((name, others))) = (&current, rest.split_first()) {
            current = match name.as_str() {
                "super" => Meaning::Module(self.modules[*module].parent?),
                name => self.named(*module, name, seen)?,
            };
            rest = others;
        }
        Some(current)
    }

    /// Looks `name` up in a module: what it defines, declares, imports by name, and imports by `*`, in this order.
    fn named(&self, module: usize, name: &str, seen: &mut Vec<(usize, String)>) -> Option<Meaning> {
        let here = (module, name.to_owned());
        if seen.contains(&here) {
            return None;
        }
        seen.push(here);
        let found = &self.modules[module];
        if let Some(child) = found.children.get(name) {
            return Some(Meaning::Module(*child));
        }
        if found.items.contains(name) {
            return Some(Meaning::Item { file: found.file.clone(), name: name.to_owned() });
        }
        let named = found.imports.iter().filter(|import| import.name.as_deref() == Some(name));
        let all = found.imports.iter().filter(|import| import.name.is_none());
        named.clone().find_map(|import| self.meaning(module, &import.path, seen)).or_else(|| {
            all.clone().find_map(|import| match self.meaning(module, &import.path, seen)? {
                Meaning::Module(other) => self.named(other, name, seen),
                Meaning::Item { .. } => None,
            })
        })
    }
}

impl Module {
    fn add(&mut self, item: &Item) {
        let name = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        self.items.extend(name.map(ToString::to_string));
        if let Item::Use(item) = item {
            self.imports.extend(syntax::imports(&item.tree));
            if !matches!(item.vis, syn::Visibility::Inherited) {
                return;
            }
        }
        self.visit_item(item);
    }
}

impl Visit<'_> for Module {
    fn visit_item(&mut self, item: &Item) {
        if syntax::only_for_tests(syntax::attributes(item)) {
            return;
        }
        let name = match item {
            Item::Enum(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        self.types.extend(name.map(|name| (name.to_string(), name.span().start().line)));
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &syn::ImplItem) {
        let attributes = match item {
            syn::ImplItem::Fn(function) => function.attrs.as_slice(),
            syn::ImplItem::Const(constant) => &constant.attrs,
            _ => &[],
        };
        if !syntax::only_for_tests(attributes) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        let imports = syntax::imports(&item.tree);
        self.uses.extend(imports.into_iter().map(|import| (import.path, import.line)));
    }

    // `pub(super)` uses nothing.
    fn visit_visibility(&mut self, _: &syn::Visibility) {}

    fn visit_path(&mut self, path: &syn::Path) {
        if path.leading_colon.is_none() {
            let segments = path.segments.iter().map(|segment| segment.ident.to_string());
            let line = path.segments.first().map_or(0, |segment| segment.ident.span().start().line);
            self.uses.push((segments.collect(), line));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        // With its mark, for rules about macros; the path itself follows.
        let name = call.path.segments.last().map(|segment| &segment.ident);
        self.uses.extend(name.map(|name| (vec![format!("{name}!")], name.span().start().line)));
        self.add_tokens(&call.tokens);
        visit::visit_macro(self, call);
    }
}

impl Module {
    /// A lone name in lower case is a variable as likely as an item, so it counts only where it is called.
    fn add_tokens(&mut self, tokens: &TokenStream) {
        let paths = syntax::token_paths(tokens).into_iter();
        let sure = paths.filter(|found| {
            found.path.len() > 1 || found.called || found.path[0].starts_with(|first: char| first.is_uppercase())
        });
        self.uses.extend(sure.map(|found| (found.path, found.line)));
    }
}

/// Returns the crates of the tree: a package has one for each of its targets.
pub fn crates(tree: &Tree) -> Vec<Crate> {
    let packages = packages(tree);
    let roots: BTreeSet<_> = packages.iter().flat_map(|package| &package.roots).collect();
    roots.into_iter().map(|root| Crate::read(tree, root)).collect()
}

/// Returns the crates of the checkout, read once because several rules ask.
pub fn of_checkout() -> &'static [Crate] {
    static CRATES: OnceLock<Vec<Crate>> = OnceLock::new();
    CRATES.get_or_init(|| crates(Tree::checkout()))
}

/// The file of a module and the folder of its children's files.
#[derive(Debug, Clone)]
struct Place {
    file: String,
    folder: String,
    /// Children stand in `folder` itself, as for a crate's root and a `mod.rs`.
    own_folder: bool,
}

impl Place {
    fn inline(&self, item: &ItemMod) -> Self {
        let folder = format!("{}/{}", self.children(), path_attribute(item).unwrap_or_else(|| item.ident.to_string()));
        Self { file: self.file.clone(), folder, own_folder: true }
    }

    fn child(&self, tree: &Tree, item: &ItemMod) -> Self {
        let name = item.ident.to_string();
        if let Some(path) = path_attribute(item) {
            let file = normal(&format!("{}/{path}", self.folder));
            return Self { folder: folder(&file), file, own_folder: true };
        }
        let children = self.children();
        let with_folder = format!("{children}/{name}/mod.rs");
        if tree.text(&with_folder).is_some() {
            return Self { file: with_folder, folder: format!("{children}/{name}"), own_folder: true };
        }
        Self { file: format!("{children}/{name}.rs"), folder: children, own_folder: false }
    }

    fn children(&self) -> String {
        if self.own_folder {
            return self.folder.clone();
        }
        self.file.strip_suffix(".rs").unwrap_or(&self.file).to_owned()
    }
}

fn path_attribute(item: &ItemMod) -> Option<String> {
    item.attrs.iter().find_map(|attribute| {
        let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &pair.value else { return None };
        pair.path.is_ident("path").then(|| path.value())
    })
}

fn folder(file: &str) -> String {
    file.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned())
}

#[test]
fn follows_declarations_paths_and_re_exports() {
    let tree = Tree::made_up(&[
        ("a/src/lib.rs", "mod b; #[path = \"else/where.rs\"] mod c; mod inline { mod d; } #[cfg(test)] mod tests;"),
        ("a/src/b/mod.rs", "mod e; pub use e::Shown; pub(super) use self::e::*;"),
        ("a/src/b/e.rs", "pub struct Shown; pub struct ByStar; pub struct Unused;"),
        ("a/src/else/where.rs", "use crate::b::Shown as Other; fn f() { let x = super::b::ByStar; }"),
        ("a/src/inline/d.rs", "fn g() { log!(\"{}\", crate::b::Shown::new()); }"),
        ("a/src/tests.rs", "use crate::b::Unused;"),
    ]);
    let modules = Crate::read(&tree, "a/src/lib.rs");
    assert_eq!(modules.files().len(), tree.files().count());
    let edges: Vec<_> = modules.edges().into_iter().map(|edge| (edge.from, edge.to, edge.name)).collect();
    let expected = [
        ("a/src/else/where.rs", "a/src/b/e.rs", "ByStar"),
        ("a/src/else/where.rs", "a/src/b/e.rs", "Shown"),
        ("a/src/inline/d.rs", "a/src/b/e.rs", "Shown"),
    ];
    assert_eq!(edges, expected.map(|(from, to, name)| (from.into(), to.into(), name.into())));
}
