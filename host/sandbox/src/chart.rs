//! The optional `chart` interface: the lines that a strategy draws over the price of a market.
//!
//! An answer that breaks the contract is a fault of the lines alone: the instance lives on. A trap ends the instance,
//! as in any call, because the engine lets nobody enter a store after one. So whoever trades asks a second instance.

use std::collections::BTreeSet;

use host_core::Fault;
use host_core::foreign::is_plain;
use host_core::strategy::FaultKind;

use crate::strategy::SandboxedStrategy;

/// Largest number of lines of a strategy.
const MOST_LINES: usize = 8;
/// Largest length of a name, in bytes.
const MOST_NAME_BYTES: usize = 40;

impl SandboxedStrategy {
    /// Returns the names of the strategy's lines, each fit to be shown.
    ///
    /// # Errors
    /// [`FaultKind::Refused`] if it has no `chart` interface, [`FaultKind::InvalidAnswer`] for names that the contract
    /// does not allow: both leave it running. Otherwise the fault that ended it.
    pub fn line_names(&mut self) -> Result<Vec<String>, Fault> {
        let names = self.chart_call(0, |chart, store| chart.call_names(store))?;
        match names_fault(&names) {
            Some(message) => Err(invalid(message)),
            None => Ok(names),
        }
    }

    /// Returns the values of the strategy's `lines` lines in each of `markets` after the last batch, market by market,
    /// in dollars per contract; NaN for none.
    ///
    /// # Errors
    /// As [`SandboxedStrategy::line_names`].
    pub fn line_values(&mut self, markets: &[u32], lines: usize) -> Result<Vec<f64>, Fault> {
        let values = self.chart_call(markets.len(), |chart, store| chart.call_values(store, markets))?;
        let asked = markets.len() * lines;
        if values.len() != asked {
            return Err(invalid(format!(
                "returned {} values for {lines} lines in {} markets: return one for each of both",
                values.len(),
                markets.len()
            )));
        }
        match values.iter().position(|value| value.is_infinite()) {
            Some(place) => {
                Err(invalid(format!("value {place} of its lines is {}: only NaN stands for none", values[place])))
            }
            None => Ok(values),
        }
    }
}

/// Returns the rule that `names` break.
fn names_fault(names: &[String]) -> Option<String> {
    if names.len() > MOST_LINES {
        return Some(format!("it names {} lines: a chart has at most {MOST_LINES}", names.len()));
    }
    let unfit = |name: &&String| !(1..=MOST_NAME_BYTES).contains(&name.len()) || !name.chars().all(is_plain);
    if let Some(name) = names.iter().find(unfit) {
        let shown: String = name.chars().take(MOST_NAME_BYTES).collect();
        return Some(format!(
            "{shown:?} is no name of a line: it takes 1 to {MOST_NAME_BYTES} bytes, no control characters"
        ));
    }
    let different: BTreeSet<_> = names.iter().collect();
    (different.len() < names.len()).then(|| "two of its lines have one name".to_owned())
}

fn invalid(message: String) -> Fault {
    Fault { kind: FaultKind::InvalidAnswer, message, log: Vec::new() }
}
