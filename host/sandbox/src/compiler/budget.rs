//! The processor time and memory in which a component must be compiled.

use crate::limits::SandboxLimits;

/// The processor time and memory for one component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompileBudget {
    pub seconds: u64,
    pub seconds_key: &'static str,
    pub bytes: u64,
    pub bytes_key: &'static str,
}

impl CompileBudget {
    pub(super) fn of_unsigned(limits: &SandboxLimits) -> CompileBudget {
        CompileBudget {
            seconds: limits.compile_seconds,
            seconds_key: "compile_seconds",
            bytes: limits.compile_bytes,
            bytes_key: "compile_bytes",
        }
    }

    pub(super) fn of_signed(limits: &SandboxLimits) -> CompileBudget {
        CompileBudget {
            seconds: limits.signed_compile_seconds,
            seconds_key: "signed_compile_seconds",
            bytes: limits.signed_compile_bytes,
            bytes_key: "signed_compile_bytes",
        }
    }
}
