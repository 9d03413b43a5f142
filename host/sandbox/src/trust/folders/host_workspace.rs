//! The workspace that this host was built from: its strategies are the host's own.

use std::path::{Path, PathBuf};

use host_system::capped;
use host_system::guard::guarded;
use toml::Table;

/// The checkout that the running binary was built from.
///
/// Its place was fixed when the binary was built, so no other folder can pass for it, whatever files it has. Of what
/// stands in it only the members count that its `Cargo.toml` names one by one: whoever can edit that list can edit the
/// host as well, while a stranger's folder may well have been unpacked beside them.
#[derive(Clone, Debug)]
pub struct HostWorkspace {
    root: PathBuf,
    /// True if the running binary lies in it.
    runs_from_it: bool,
}

impl HostWorkspace {
    /// Returns the workspace at `root`, if it is still there; `executable` is the running binary.
    pub fn at(root: &Path, executable: Option<&Path>) -> Option<HostWorkspace> {
        let root = root.canonicalize().ok()?;
        let runs_from_it = executable.is_some_and(|file| file.starts_with(&root));
        Some(HostWorkspace { root, runs_from_it })
    }

    /// Returns true if `folder`, a canonical path, is one of its members.
    pub(super) fn has_member(&self, folder: &Path) -> bool {
        let Ok(inside) = folder.strip_prefix(&self.root) else { return false };
        let members = || -> Option<Vec<PathBuf>> {
            let manifest = capped::read_to_string(&self.root.join("Cargo.toml"), capped::SETTINGS).ok()?;
            let manifest: Table = guarded("the manifest", || manifest.parse()).ok()?.ok()?;
            let members = manifest.get("workspace")?.get("members")?.as_array()?.iter();
            Some(members.filter_map(|member| member.as_str().map(PathBuf::from)).collect())
        };
        members().is_some_and(|members| members.iter().any(|member| member == inside))
    }

    /// Returns the root if its owner decides about this host anyway: they could have replaced the binary that runs.
    /// So nothing is gained by asking who else can change it, and a checkout that is mounted into a container, where
    /// files have owners of other numbers, works.
    pub(super) fn beyond_question(&self) -> Option<&Path> {
        self.runs_from_it.then_some(&self.root)
    }
}
