//! `host inspect`: shows a strategy's manifest and the facts of its component.

use std::path::{Path, PathBuf};

use host_core::strategy::ParameterValue;
use host_sandbox::StrategyComponent;
use host_sandbox::trust::Signer;
use serde_json::{Value, json};

use crate::context::Context;
use crate::strategies::load::Strategies;
use crate::strategies::trusted;
use crate::terminal::error::Result;
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::units;

/// Show a strategy's manifest, its parameters with their ranges, its imports, size, digest and signer
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host inspect strategies/mean-reversion
  host inspect mean-reversion.wasm --format json
  host inspect mean-reversion.wasm --format csv   # only the parameters")]
pub struct Args {
    /// A component, or a strategy's crate folder, which is built first if it is trusted
    #[arg(value_name = "X.wasm|DIR")]
    strategy: PathBuf,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host inspect`.
///
/// # Errors
/// The strategy cannot be built or loaded.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let (component, bytes) =
        Strategies::new(&config.sandbox, &config.trust, context.ui)?.never_asking().load_with_bytes(&args.strategy)?;
    let signature = trusted::signature_beside(Path::new(&component.name))?;
    let signer = config.trust.signer(&bytes, signature.as_deref(), trusted::now());
    let parameters = parameters(&component);
    match args.format {
        Format::Table => output::print(&format!("{}\n{}", facts(&component, &signer).table(), parameters.table())),
        Format::Csv => output::print_csv(parameters.csv()),
        Format::Json => output::print_json(&json!({
            "manifest": component.manifest,
            "imports": component.imports,
            "exports": component.exports,
            "has_state": component.has_state(),
            "has_chart": component.has_chart(),
            "size_bytes": component.size_bytes,
            "sha256": component.digest,
            "contract": component.contract(),
            "signer": signer_json(&signer),
        })),
    }
}

fn facts(component: &StrategyComponent, signer: &Signer) -> Rows {
    let manifest = &component.manifest;
    let list = |names: &[String]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let mut rows = Rows::new(&["strategy", ""]);
    let mut fact = |name: &str, value: String| rows.push([name.to_owned(), value]);
    fact("name", manifest.name.clone());
    fact("version", manifest.version.clone());
    fact("summary", manifest.summary.clone());
    fact("warm-up", units::rough_span(manifest.warm_up));
    fact("sees its positions", yes_or_no(manifest.feedback));
    fact("can hand over state", yes_or_no(component.has_state()));
    fact("draws lines", yes_or_no(component.has_chart()));
    fact("imports", list(&component.imports));
    fact("exports", list(&component.exports));
    fact("size", units::rough_size(component.size_bytes));
    fact("sha256", component.digest.clone());
    fact("signer", signer.to_string());
    match signer {
        Signer::Trusted { comment, .. } => fact("signed", comment.clone()),
        Signer::Rejected(fault) => fact("", fault.to_string()),
        Signer::Unsigned => {}
    }
    rows
}

fn signer_json(signer: &Signer) -> Value {
    match signer {
        Signer::Trusted { name, id, comment } => {
            json!({"state": "trusted", "name": name, "key": id.to_string(), "comment": comment})
        }
        Signer::Unsigned => json!({"state": "unsigned"}),
        Signer::Rejected(fault) => json!({"state": "rejected", "reason": fault.to_string()}),
    }
}

fn parameters(component: &StrategyComponent) -> Rows {
    let bound = |bound: Option<f64>| bound.map_or(String::new(), |bound| bound.to_string());
    let mut rows = Rows::new(&["parameter", "default", "minimum", "maximum", "meaning"]);
    for parameter in &component.manifest.parameters {
        let (minimum, maximum) = (bound(parameter.minimum), bound(parameter.maximum));
        rows.push([parameter.name.clone(), show(&parameter.default), minimum, maximum, parameter.doc.clone()]);
    }
    rows
}

fn show(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Flag(flag) => flag.to_string(),
        ParameterValue::Integer(whole) => whole.to_string(),
        ParameterValue::Number(number) => number.to_string(),
        ParameterValue::Text(text) => text.clone(),
    }
}

fn yes_or_no(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}
