//! The fault plan that `--faults` names: a preset or a file.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use host_exchange::server::faults::{Chance, FaultPlan, PRESETS, preset};
use host_system::capped;
use host_system::guard::guarded;

use crate::terminal::error::{Report, Result};

/// The chance that a request suffers a fault, unless another one is given.
const DEFAULT_CHANCE: Chance = Chance::new(0.05);

/// `none`, `all`, `all:0.3`, or a file.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultSource {
    Preset(FaultPlan),
    /// A plan in TOML or JSON.
    File(PathBuf),
}

impl FromStr for FaultSource {
    type Err = String;

    fn from_str(text: &str) -> Result<FaultSource, String> {
        let (name, chance) = text.split_once(':').map_or((text, None), |(name, chance)| (name, Some(chance)));
        if !PRESETS.contains(&name) {
            return Ok(FaultSource::File(PathBuf::from(text)));
        }
        let chance = match chance {
            None => DEFAULT_CHANCE,
            Some(given) => {
                let number: f64 = given.parse().map_err(|_| format!("`{given}` is not a chance: write {name}:0.05"))?;
                Chance::try_from(number)?
            }
        };
        preset(name, chance).map(FaultSource::Preset).ok_or_else(|| format!("there is no preset `{name}`"))
    }
}

impl FaultSource {
    /// Returns the plan.
    ///
    /// # Errors
    /// The file cannot be read or is not a plan; the report names the line.
    pub fn plan(&self) -> Result<FaultPlan> {
        match self {
            FaultSource::Preset(plan) => Ok(plan.clone()),
            FaultSource::File(path) => read(path),
        }
    }
}

fn read(path: &Path) -> Result<FaultPlan> {
    let text = capped::read_to_string(path, capped::SETTINGS).map_err(|error| {
        Report::io(format!("cannot read the faults file {}", path.display()), &error)
            .hint(format!("`--faults` takes a TOML or JSON file, or one of {}", PRESETS.join(", ")))
    })?;
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let plan = guarded("the file", || match is_json {
        true => serde_json::from_str(&text).map_err(|error| error.to_string()),
        false => toml::from_str(&text).map_err(|error| error.to_string()),
    });
    plan.map_err(|panicked| panicked.to_string()).flatten().map_err(|error| {
        Report::user(format!("{} is not a valid fault plan", path.display())).because_lines(error).hint_lines(
            "a rule in TOML looks like this:\n  [[rules]]\n  endpoint = \"orders\"\n  \
             fault = { kind = \"accepted_then\", status = 500 }\n  chance = 0.1",
        )
    })
}
