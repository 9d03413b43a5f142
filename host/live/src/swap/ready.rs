//! A candidate that has been brought to the last poll, ready to take over.

use host_core::engine::{Newcomer, ResumedStrategy};
use host_core::strategy::ParameterValue;
use host_core::{Market, MarketId, Quotes, Span, Timestamp};
use host_session::warm_up::show_rows;
use host_store::journal::Journal;
use host_store::journal::events::{Knowledge, LoggedEvent, WarmUp};
use host_store::live::{KeptState, account_states};
use host_store::recording::{Recording, rows_checksum};
use serde::Deserialize;

use super::candidate::SwapCandidate;
use super::parameters::agree;
use crate::account_dir::AccountDir;
use crate::lines::LineDrawer;
use crate::resume::{Comeback, come_back};
use crate::warm_up_plan::WarmUpPlan;

/// A candidate with the knowledge that it begins with.
#[derive(Debug)]
pub struct Ready {
    pub candidate: SwapCandidate,
    pub newcomer: Newcomer,
    pub knowledge: Knowledge,
    /// Number of the last poll that it knows of.
    event: i64,
    /// Number of the last event that was looked at for it.
    pub upto: i64,
    /// The way in which it got there, in words.
    pub how: String,
}

/// The settings that a state was saved under; see [`crate::resume::StateMark`].
#[derive(Deserialize)]
struct SavedUnder {
    poll_interval: Span,
    parameters: std::collections::BTreeMap<String, ParameterValue>,
}

impl Ready {
    /// Brings `candidate` to the last poll in the account's files: from the state that its slot's strategy kept last,
    /// or from recorded history. `markets` are those that the engine knows; `lines` draws its lines.
    ///
    /// # Errors
    /// The reason why it cannot take over.
    pub fn bring_up(
        candidate: SwapCandidate,
        folder: &AccountDir,
        markets: &[Market],
        lines: Option<&LineDrawer>,
    ) -> Result<Ready, String> {
        let journal = Journal::open(folder.journal()).map_err(|error| error.to_string())?;
        let kept = account_states(folder.path()).map_err(|error| error.to_string())?.remove(&candidate.slot.number);
        match kept.filter(|kept| fits(&candidate, kept)) {
            Some(kept) => Ready::from_state(candidate, (&kept, &journal), markets, lines),
            None => Ready::from_history(candidate, (folder, &journal), markets, lines),
        }
    }

    fn from_state(
        candidate: SwapCandidate,
        (kept, journal): (&KeptState, &Journal),
        markets: &[Market],
        lines: Option<&LineDrawer>,
    ) -> Result<Ready, String> {
        let SwapCandidate { component, settings, .. } = &candidate;
        let hint = "(`--warm-up` lets it begin from recorded history instead)";
        let Comeback { resumed, event, upto, polls, .. } =
            come_back(component, settings, kept, journal).map_err(|why| format!("{why} {hint}"))?;
        let ResumedStrategy { state, markets: unannounced, fills, .. } = &resumed;
        let find = |id: &MarketId| markets.iter().find(|market| market.id == *id).cloned();
        let listed = unannounced.iter().filter_map(find).collect();
        // All that it is shown as an instance that trades is the present.
        let fresh = candidate.start(lines, Timestamp(i64::MIN))?;
        let newcomer = Newcomer::resumed(fresh, state, listed, fills.clone())
            .map_err(|fault| format!("it does not take up the state that it saved itself: {}", fault.message))?;
        let how = format!(
            "goes on from the state of {} ({} v{}, {} bytes), and {polls} polls since",
            kept.time,
            state.schema,
            state.version,
            state.payload.len()
        );
        Ok(Ready { candidate, newcomer, knowledge: Knowledge::State(resumed), event, upto, how })
    }

    fn from_history(
        candidate: SwapCandidate,
        (folder, journal): (&AccountDir, &Journal),
        markets: &[Market],
        lines: Option<&LineDrawer>,
    ) -> Result<Ready, String> {
        let unread = |error: &dyn std::fmt::Display| format!("what was recorded cannot be read: {error}");
        let recording = Recording::open_read(folder.tape()).map_err(|error| unread(&error))?;
        let last = journal.last_poll().map_err(|error| error.to_string())?;
        let Some((event, now)) = last else { return Err("no prices have come yet to begin from".to_owned()) };
        let (span, poll) = (candidate.component.manifest.warm_up, candidate.settings.poll_interval);
        let rows_between = |from, until| recording.rows_between(from, until);
        let plan = WarmUpPlan::new(&rows_between, (span, poll), now, 0).map_err(|error| unread(&error))?;
        let (from, to) = (plan.from, now + Span(1));
        let fresh = candidate.start(lines, to)?;
        let mut newcomer = Newcomer::cold(fresh, markets.to_vec());
        let rows = recording.rows_between(from, to).map_err(|error| unread(&error))?;
        let show = &mut |rows: host_core::QuotesView<'_>| {
            newcomer.warm_up(rows).map_err(|fault| format!("it fails on recorded prices: {}", fault.message))
        };
        let shown = show_rows(rows, show, |error| unread(&error))?;
        let lacking = plan.trade_from - now;
        let lack = if lacking > Span::ZERO { format!(", {lacking} less than it asks for") } else { String::new() };
        let how = format!("begins from {} rows recorded since {from}{lack}", shown.count);
        let warm_up = WarmUp { from, to, rows: shown.count, checksum: shown.checksum };
        Ok(Ready { candidate, newcomer, knowledge: Knowledge::WarmUp(warm_up), event, upto: event, how })
    }

    /// Shows it the few polls that have come since.
    ///
    /// # Errors
    /// The reason why it cannot take over.
    pub fn go_on(self, folder: &AccountDir, markets: &[Market], lines: Option<&LineDrawer>) -> Result<Ready, String> {
        let journal = Journal::open(folder.journal()).map_err(|error| error.to_string())?;
        let Ready { candidate, mut newcomer, knowledge, mut event, mut upto, how } = self;
        match knowledge {
            Knowledge::State(_) => Ready::bring_up(candidate, folder, markets, lines),
            Knowledge::WarmUp(mut warm_up) => {
                let failed = |error: &dyn std::fmt::Display| format!("the polls since cannot be read: {error}");
                let mut checksum = u64::from_str_radix(&warm_up.checksum, 16).map_err(|error| failed(&error))?;
                let steps = journal.steps_after(upto).map_err(|error| failed(&error))?;
                for step in steps.into_iter().flatten() {
                    let step = step.map_err(|error| failed(&error))?;
                    upto = step.seq;
                    match step.event {
                        LoggedEvent::Poll(rows) => {
                            show_late(&mut newcomer, &rows)?;
                            checksum = rows_checksum(&rows.all(), checksum);
                            warm_up.rows += rows.len() as u64;
                            warm_up.to = rows.time.last().map_or(warm_up.to, |&time| Timestamp(time) + Span(1));
                            event = step.seq;
                        }
                        // It was not among those that it was told of first.
                        LoggedEvent::Market(_) => return Ready::bring_up(candidate, folder, markets, lines),
                        _ => {}
                    }
                }
                warm_up.checksum = format!("{checksum:016x}");
                Ok(Ready { candidate, newcomer, knowledge: Knowledge::WarmUp(warm_up), event, upto, how })
            }
        }
    }
}

fn show_late(newcomer: &mut Newcomer, rows: &Quotes) -> Result<(), String> {
    newcomer.warm_up(rows.all()).map_err(|fault| format!("it fails on the polls since: {}", fault.message))
}

/// Returns true if `candidate` is to go on from the state that was `kept`: it can take up states, and the state was
/// saved under parameters that still hold.
fn fits(candidate: &SwapCandidate, kept: &KeptState) -> bool {
    let Ok(under) = serde_json::from_str::<SavedUnder>(&kept.settings) else { return false };
    let seat = candidate.seat();
    !candidate.order.warm_up
        && candidate.component.has_state()
        && under.poll_interval == seat.settings.poll_interval
        && agree(&under.parameters, &seat.parameters())
}
