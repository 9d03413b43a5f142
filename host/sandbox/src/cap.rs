//! The limits on the shape of a component, by name: those that a user sets, and those that hold for all.

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

/// A limit that no setting changes, because no strategy that is known comes near it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FixedCap {
    Globals,
    InstanceBytes,
    MachineCodeBytes,
}

impl FixedCap {
    /// The unit of the limit, for people.
    pub fn unit(self) -> &'static str {
        match self {
            FixedCap::Globals => "globals in its modules",
            FixedCap::InstanceBytes => "bytes of globals, functions, elements and other parts in its instances",
            FixedCap::MachineCodeBytes => "bytes of machine code",
        }
    }
}
