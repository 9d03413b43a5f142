//! The plan that `--faults` names: a preset, or a file.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use host_exchange::server::faults::{Chance, FaultPlan, PRESETS, preset};

use crate::terminal::error::{Report, Result};

/// Of a hundred requests, so many suffer a fault unless another chance is given.
const USUAL_CHANCE: Chance = Chance::new(0.05);

/// `none`, `all`, `all:0.3`, or a file.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultSource {
    /// A preset's plan.
    Preset(FaultPlan),
    /// A plan that was written down, as TOML or JSON.
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
            None => USUAL_CHANCE,
            Some(given) => {
                let number: f64 = given.parse().map_err(|_| format!("`{given}` is no chance: write {name}:0.05"))?;
                Chance::try_from(number)?
            }
        };
        preset(name, chance).map(FaultSource::Preset).ok_or_else(|| format!("there is no preset `{name}`"))
    }
}

impl FaultSource {
    /// The plan.
    ///
    /// # Errors
    /// A file that cannot be read, or is no plan: with its line.
    pub fn plan(&self) -> Result<FaultPlan> {
        match self {
            FaultSource::Preset(plan) => Ok(plan.clone()),
            FaultSource::File(path) => read(path),
        }
    }
}

fn read(path: &Path) -> Result<FaultPlan> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Report::io(format!("cannot read the faults file {}", path.display()), &error)
            .hint(format!("`--faults` takes a TOML or JSON file, or one of {}", PRESETS.join(", ")))
    })?;
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let plan = match is_json {
        true => serde_json::from_str(&text).map_err(|error| error.to_string()),
        false => toml::from_str(&text).map_err(|error| error.to_string()),
    };
    plan.map_err(|error| {
        Report::user(format!("{} is no plan of faults", path.display())).because(error).hint(
            "a rule in TOML looks like this:\n  [[rules]]\n  endpoint = \"orders\"\n  \
             fault = { kind = \"accepted_then\", status = 500 }\n  chance = 0.1",
        )
    })
}
