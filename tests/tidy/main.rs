//! The house rules of the source, each with its reason. A rule lists all that it finds in one failure, and has a test
//! of its own with a small made-up tree, so that a rule that finds nothing is known to look.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot read the tree has failed")]

mod arrows;
mod circles;
mod documents;
mod findings;
mod modules;
mod packages;
mod places;
mod rooms;
mod sizes;
mod syntax;
mod tree;
mod type_names;
mod words;
