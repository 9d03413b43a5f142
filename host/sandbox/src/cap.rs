//! The limits on the shape of a component, by name.

use serde::{Deserialize, Serialize};

/// A limit on the shape of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    CodeBytes,
    Functions,
    FunctionBytes,
    LocalsByBlocks,
    BranchTargets,
    Nesting,
    Instances,
}

impl Cap {
    /// The limit's key in the section `[sandbox]`.
    pub fn key(self) -> &'static str {
        match self {
            Cap::CodeBytes => "code_bytes",
            Cap::Functions => "functions",
            Cap::FunctionBytes => "function_bytes",
            Cap::LocalsByBlocks => "locals_by_blocks",
            Cap::BranchTargets => "branch_targets",
            Cap::Nesting => "nesting",
            Cap::Instances => "instances",
        }
    }

    /// The unit of the limit, for people.
    pub fn unit(self) -> &'static str {
        match self {
            Cap::CodeBytes => "bytes of code",
            Cap::Functions => "functions",
            Cap::FunctionBytes => "bytes of code in one function",
            Cap::LocalsByBlocks => "locals times blocks in one function",
            Cap::BranchTargets => "targets of branch tables",
            Cap::Nesting => "components within each other",
            Cap::Instances => "instances of modules and components",
        }
    }
}
