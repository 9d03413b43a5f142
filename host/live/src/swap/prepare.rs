//! The checks of a new version, beside the loop: what does not pass never gets near the slot.

use std::sync::Arc;

use host_core::{Market, Span, Timestamp};
use host_sandbox::trust::{Judgement, read_beside};
use host_sandbox::{Sandbox, Settings, StrategyComponent, digest, memory_use, resolve_parameters};
use host_session::memory::{MarketLife, MemoryDemand};
use host_session::replay::what_if::{Comparison, compare_rows};
use host_store::journal::Journal;
use host_store::recording::Recording;
use host_store::suggest::did_you_mean;

use super::candidate::SwapCandidate;
use super::parameters::carried_over;
use super::ready::Ready;
use super::seats::{Seat, Seats};
use super::trust_terms::TrustTerms;
use crate::account_dir::AccountDir;
use crate::control::protocol::{Failure, SwapOrder};

/// The store's name for the swaps that wait for their time.
pub const PLANNED_SWAPS: &str = "planned_swaps";

/// Decisions are compared over so much history, on top of what the strategies need to begin.
const COMPARED: Span = Span::days(7);
/// Differences that are shown one by one.
const SHOWN: usize = 3;

/// The means to check a version: the sandbox, and the account's files.
#[derive(Clone, Debug)]
pub struct Preparer {
    pub sandbox: Arc<Sandbox>,
    pub seats: Seats,
    pub folder: AccountDir,
    pub poll_interval: Span,
    pub trust: TrustTerms,
}

impl Preparer {
    /// Makes a preparer of swaps of the account in `folder`, where polls come in `poll_interval`.
    pub fn new(sandbox: Sandbox, seats: Seats, folder: AccountDir, poll_interval: Span, trust: TrustTerms) -> Preparer {
        Preparer { sandbox: Arc::new(sandbox), seats, folder, poll_interval, trust }
    }

    /// Loads the version that `order` names, checks that it can take over now, and tells how its decisions differ from
    /// those of the version in the slot.
    ///
    /// # Errors
    /// The reason why it cannot, with the remedy.
    pub fn examine(&self, order: &SwapOrder, say: &mut dyn FnMut(String)) -> Result<SwapCandidate, Failure> {
        let seat = self.seats.named(&order.slot).ok_or_else(|| self.no_such_slot(&order.slot))?;
        let (component, bytes) = self.load(order)?;
        let unread =
            |error| Failure::new(format!("the signature beside {} cannot be read", component.name)).because(error);
        let signature = read_beside(&order.file).map_err(unread)?;
        let candidate = self.candidate(&seat, (component, bytes), signature, order)?;
        say(format!("{}: checked, {}", candidate.component.manifest.name, candidate.signer));
        let markets = self.markets()?;
        self.require_memory(&candidate, &markets)?;
        let cannot = |why: String| {
            Failure::new(format!("{} cannot take over {}", candidate.name(), seat.slot.name)).because(why)
        };
        let ready = Ready::bring_up(candidate.clone(), &self.folder, &markets, None).map_err(cannot)?;
        say(ready.how);
        match self.compare(&seat, &candidate, &markets) {
            Ok(Some(comparison)) => {
                lines(&comparison).into_iter().for_each(&mut *say);
                if let Some(fault) = comparison.fault {
                    return Err(cannot(format!("it fails on recorded prices: {fault}")));
                }
            }
            Ok(None) => say("no history is recorded yet to compare decisions on".to_owned()),
            // The version in the slot may be the one that fails.
            Err(why) => say(format!("decisions are not compared: {why}")),
        }
        Ok(candidate)
    }

    /// Takes up a swap that a former session had planned: it was examined then.
    ///
    /// # Errors
    /// The reason why it cannot be.
    pub fn take_up_planned(&self, order: &SwapOrder) -> Result<SwapCandidate, Failure> {
        let seat = self.seats.named(&order.slot).ok_or_else(|| self.no_such_slot(&order.slot))?;
        let kept = Journal::open(self.folder.journal()).and_then(|journal| journal.component(&order.sha256));
        let kept = kept.map_err(|error| Failure::new("the account's journal cannot be read").because(error))?;
        let bytes = kept.ok_or_else(|| Failure::new(format!("the journal lacks the component {}", order.sha256)))?;
        let signature = read_beside(&self.folder.component(&order.sha256)).unwrap_or_default();
        let component = self.sandbox.load_signed(&order.file.display().to_string(), &bytes, signature.as_deref());
        let component = component.map_err(|error| Failure::new(error.to_string()))?;
        self.candidate(&seat, (component, bytes), signature, order)
    }

    /// Judges a component, and gives it its parameters.
    fn candidate(
        &self,
        seat: &Seat,
        (component, bytes): (StrategyComponent, Vec<u8>),
        signature: Option<Vec<u8>>,
        order: &SwapOrder,
    ) -> Result<SwapCandidate, Failure> {
        let (slot, order) = (seat.slot.clone(), order.clone());
        let Judgement { signer, .. } = self.trust.judge(&slot.name, &component, &bytes, signature.as_deref())?;
        let settings = self.settings(seat, &component, &order)?;
        Ok(SwapCandidate { slot, component, bytes, settings, signature, signer, order })
    }

    fn no_such_slot(&self, name: &str) -> Failure {
        let names = self.seats.names();
        let known = format!("the slots are: {}", names.join(", "));
        let hint = did_you_mean(name, names.iter().map(String::as_str)).unwrap_or(known);
        Failure::new(format!("there is no slot `{name}`")).hint(hint)
    }

    /// Loads the component, which must be the one that the operator has seen.
    fn load(&self, order: &SwapOrder) -> Result<(StrategyComponent, Vec<u8>), Failure> {
        let name = order.file.display().to_string();
        let bytes = self.sandbox.read(&order.file).map_err(|error| Failure::new(error.to_string()))?;
        if digest(&bytes) != order.sha256 {
            return Err(Failure::new(format!("{name} has changed since it was checked"))
                .because(format!("its digest was {}, and is now {}", order.sha256, digest(&bytes)))
                .hint("look who writes the file, then swap again"));
        }
        let signature = read_beside(&order.file).unwrap_or_default();
        let component = self.sandbox.load_signed(&name, &bytes, signature.as_deref()).map_err(|error| {
            error
                .fault()
                .map_or_else(Vec::new, |fault| fault.log.clone())
                .into_iter()
                .fold(Failure::new(error.to_string()), Failure::because)
        })?;
        Ok((component.timed(), bytes))
    }

    fn settings(&self, seat: &Seat, component: &StrategyComponent, order: &SwapOrder) -> Result<Settings, Failure> {
        let (old, new) = (&seat.component.manifest, &component.manifest);
        let parameters = carried_over(old, &seat.parameters(), new, &order.parameters).map_err(|changed| {
            let failure = Failure::new(format!("{} {} has parameters of another meaning", new.name, new.version));
            changed.into_iter().fold(failure, Failure::because)
        })?;
        resolve_parameters(new, &parameters)
            .map_err(|error| Failure::new(error.to_string()).hint("`host inspect` lists the parameters"))?;
        Ok(Settings { parameters, poll_interval: self.poll_interval })
    }

    /// Returns the markets of the account that are not over.
    fn markets(&self) -> Result<Vec<Market>, Failure> {
        let recording = Recording::open_read(self.folder.tape());
        recording
            .map(|recording| recording.markets().to_vec())
            .map_err(|error| Failure::new("what was recorded cannot be read").because(error))
    }

    /// Refuses a version whose memory does not hold the account's markets.
    fn require_memory(&self, candidate: &SwapCandidate, markets: &[Market]) -> Result<(), Failure> {
        let SwapCandidate { slot, component, settings, .. } = candidate;
        let failed =
            |why: String| Failure::new(format!("{} does not run in its slot's memory", candidate.name())).because(why);
        let memory = memory_use(component, settings).map_err(|fault| failed(fault.to_string()))?;
        let demand = MemoryDemand::new(vec![(slot.name.clone(), memory)], self.sandbox.limits().clone());
        let (from, until) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
        let life = |market| MarketLife::of_market(market, from, until, self.poll_interval);
        demand.require(markets.len(), &markets.iter().map(life).collect::<Vec<_>>()).map_err(|error| {
            failed(error.to_string()).hint("`--set sandbox.memory_bytes=N` at the host's next start allows more")
        })
    }

    /// Compares the decisions of both versions over recorded history; `None` if there is none.
    fn compare(
        &self,
        seat: &Seat,
        candidate: &SwapCandidate,
        markets: &[Market],
    ) -> Result<Option<Comparison>, String> {
        let journal = Journal::open(self.folder.journal()).map_err(|error| error.to_string())?;
        let Some((_, last)) = journal.last_poll().map_err(|error| error.to_string())? else { return Ok(None) };
        let recording = Recording::open_read(self.folder.tape()).map_err(|error| error.to_string())?;
        let warm_up = seat.component.manifest.warm_up.max(candidate.component.manifest.warm_up);
        let from = last - COMPARED - warm_up;
        let rows = recording.rows_between(from, last + Span(1)).map_err(|error| error.to_string())?;
        let started = |seat: &Seat| seat.component.start(&seat.settings).map_err(|error| error.to_string());
        let (old, new) = (started(seat)?, started(&candidate.seat())?);
        let comparison = compare_rows(Box::new(old), Box::new(new), markets, rows);
        comparison.map(Some).map_err(|error| error.to_string())
    }
}

/// Returns the comparison for people.
fn lines(comparison: &Comparison) -> Vec<String> {
    let Comparison { journaled, other, rows, journaled_signals, other_signals, differing_rows, .. } = comparison;
    let mut lines = vec![format!(
        "over {rows} recorded rows {journaled} gives {journaled_signals} signals, {other} {other_signals}; they differ \
         on {differing_rows} rows"
    )];
    for difference in comparison.differences.iter().take(SHOWN) {
        let host_session::replay::what_if::Divergence { time, market, journaled, other, rows, .. } = difference;
        lines.push(format!("  {time} {market}: {journaled} before, {other} now, on {rows} rows"));
    }
    let more = comparison.differences.len().saturating_sub(SHOWN);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines.extend(comparison.fault.iter().map(|fault| format!("  it fails there: {fault}")));
    lines
}
