//! A restart changes no decision: whole accounts on disk, with strategies of the tree, that are killed at random.
//!
//! Only the venue is missing here: each order is filled at once, by the test.

use std::collections::BTreeSet;
use std::path::Path;

use host_core::engine::{Effect, Engine};
use host_core::pricing::OrderPolicy;
use host_core::risk::{Fraction, RiskLimits, WhenUnknown};
use host_core::strategy::ParameterValue;
use host_core::{Event, Fill, Market, Order, Price, Quotes, Record, Span, Timestamp, Usd, VenueEvent};
use host_sandbox::trust::{FolderTrust, HostWorkspace};
use host_sandbox::{
    BuildOptions, Cache, Compiler, Sandbox, SandboxLimits, Sequence, SequenceOptions, Settings, UserEnvironment, build,
};
use host_session::run_journal::strategies;
use host_session::schedule::Schedule;
use host_session::setup::{LoadedStrategy, Setup};
use host_session::start::Beginning;
use host_store::journal::EquityPoints;
use host_store::journal::events::{EventRef, JournalStep};
use host_store::live::{Commit, LiveFill, LiveInfo, LiveStore, PositionRow};
use host_store::recording::Recording;
use proptest::prelude::*;

use crate::account_dir::AccountDir;
use crate::journal::AccountJournal;
use crate::lines::LineKeeper;
use crate::restore::Restart;
use crate::resume::marks;
use crate::state_keeper::StateKeeper;

/// Loads a strategy of the tree.
fn setup(name: &str, poll_interval: Span, parameters: &[(&str, f64)]) -> Setup {
    let environment = UserEnvironment::new(std::env::vars_os(), std::env::home_dir());
    let cache = Cache::of_user(&environment, Compiler::in_this_process());
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let own = HostWorkspace::at(&repository, std::env::current_exe().ok().as_deref());
    let trust = FolderTrust::of_user(&environment, own);
    let folder = trust.judge(&repository.join("strategies").join(name)).unwrap();
    let built = build(&folder, &BuildOptions::default(), &environment, &cache, &mut |_| {}).unwrap();
    let component = Sandbox::new(SandboxLimits::default(), cache).unwrap().load(&built.path).unwrap();
    let parameters =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), ParameterValue::Number(*value))).collect();
    let limits = RiskLimits {
        volume_unknown: WhenUnknown::Allow,
        max_open_positions: 100,
        max_price_deviation: Price(5_000),
        max_spread: Price(5_000),
        min_spread: Price(0),
        max_volume_fraction: Fraction::ONE,
        max_daily_loss: Usd::dollars(1_000),
        ..RiskLimits::default()
    };
    Setup {
        capital: Usd::dollars(2_000),
        execution: OrderPolicy::default(),
        limits,
        schedule: Schedule::default(),
        exchange: Default::default(),
        sandbox: SandboxLimits::default(),
        poll_interval,
        config: String::new(),
        strategies: vec![LoadedStrategy {
            slot: name.to_owned(),
            component,
            bytes: Vec::new(),
            settings: Settings { parameters, poll_interval },
        }],
        proof: None,
    }
}

/// An account in a folder, while a host runs.
struct Session<'a> {
    markets: &'a [Market],
    engine: Engine,
    journal: AccountJournal,
    states: StateKeeper,
    last_poll: Option<Timestamp>,
    /// Everything that was decided.
    records: Vec<Record>,
    came_back: bool,
}

impl<'a> Session<'a> {
    fn start(setup: &Setup, folder: &Path, now: Timestamp, markets: &'a [Market]) -> Session<'a> {
        let account = AccountDir::new(folder, "kalshi", "alex");
        let nothing = Beginning::Fresh { capital: setup.capital, trade_from: now };
        let info = LiveInfo {
            mode: host_store::journal::Mode::Live,
            venue: "kalshi".into(),
            environment: "production".into(),
            account: "alex".into(),
            key_id: "key".into(),
            engine_version: "1".into(),
            state_version: host_core::engine::EngineSnapshot::VERSION,
            started: now,
            config: String::new(),
            strategies: strategies(&setup.start_of(nothing, &setup.slots())),
        };
        let store = LiveStore::open(account.path(), &info).unwrap();
        let (recording, _) = Recording::open(account.tape()).unwrap();
        let states = StateKeeper::new(marks(setup, store.slots()).unwrap(), now);
        let mut restart = Restart::prepare(setup, setup.capital, (store, recording), now).unwrap();
        let came_back = !restart.comebacks.resumed.is_empty();
        let known = restart.store.markets(restart.open_since).unwrap();
        let (engine, recovery) = restart.engine(&known, &account, &LineKeeper::new().0).unwrap();
        let Restart { store, recording, last_poll, .. } = restart;
        let journal = AccountJournal::new(store, recording, std::sync::mpsc::channel().1, Span::days(30));
        let mut session = Session { markets, engine, journal, states, last_poll, records: Vec::new(), came_back };
        let left = recovery.unknown.into_iter().chain(recovery.working);
        left.for_each(|row| session.fill(&row.order));
        session
    }

    /// Takes the engine through `events`, and writes down what follows.
    fn apply(&mut self, time: Timestamp, events: &[EventRef<'_>], fills: &[LiveFill]) {
        let (mut records, mut orders, mut steps) = (Vec::new(), Vec::new(), Vec::new());
        for event in events {
            let mut effects = Vec::new();
            match event {
                EventRef::Market(market) => self.engine.step(Event::Market(market), &mut effects),
                EventRef::Poll(rows) => self.engine.step(Event::Poll(*rows), &mut effects),
                EventRef::Venue(event) => self.engine.step(Event::Venue(event), &mut effects),
                other => panic!("{other:?}"),
            }
            let mut own = Vec::new();
            for effect in effects {
                match effect {
                    Effect::Record(record) => own.push(record),
                    Effect::Place(order) => orders.push(order.as_ref().clone()),
                    Effect::Cancel(order) => panic!("{order:?} rests"),
                }
            }
            records.push(own);
        }
        for (event, records) in events.iter().zip(&records) {
            steps.push(JournalStep { event: *event, records, cancels: &[] });
        }
        let held: Vec<PositionRow> = self
            .engine
            .portfolio()
            .positions()
            .map(|(market, slot, held)| PositionRow {
                slot,
                ticker: self.markets[market.index()].ticker.clone(),
                qty: held.qty,
                cost: held.cost,
            })
            .collect();
        let snapshot = serde_json::to_string(&self.engine.snapshot()).unwrap();
        let (equity, positions) = (EquityPoints::default(), held.as_slice());
        let commit = Commit {
            time,
            steps: &steps,
            orders: &orders,
            fills,
            endings: &[],
            positions,
            equity: equity.as_slice(),
            snapshot: Some(&snapshot),
            meta: None,
        };
        self.journal.commit(&commit).unwrap();
        self.records.extend(records.into_iter().flatten());
    }

    /// Fills an order that is on disk, all of it.
    fn fill(&mut self, order: &Order) {
        self.journal.acknowledged(order.id, &format!("at-venue-{}", order.id.0), self.engine.now()).unwrap();
        let fill = Fill::at_price(order.id, self.engine.now(), order.price, order.qty, Usd::ZERO, true);
        let event = VenueEvent::Filled(fill);
        let fills = [LiveFill { venue_id: order.id.0.to_string(), fill }];
        self.apply(self.engine.now(), &[EventRef::Venue(&event)], &fills);
    }

    /// Shows a poll, unless a former session has. Returns false if the host is killed in the middle, at `kill`: after
    /// the commit (0), after the recording (1), or after the fills (2).
    fn poll(&mut self, rows: &Quotes, listed: &mut usize, kill: Option<u8>) -> bool {
        let time = Timestamp(rows.time[0]);
        if self.last_poll.is_some_and(|last| time <= last) {
            return true;
        }
        // Numbers are given in the order of listing.
        let most = rows.market.iter().max().copied().unwrap_or(0) as usize;
        let new: Vec<Market> = self.markets[..=most].iter().skip(*listed).cloned().collect();
        *listed += new.len();
        let events: Vec<EventRef<'_>> = new.iter().map(EventRef::Market).chain([EventRef::Poll(rows.all())]).collect();
        self.apply(time, &events, &[]);
        self.states.polled(self.journal.events());
        if kill == Some(0) {
            return false;
        }
        self.journal.record_poll(&new, &rows.all()).unwrap();
        if kill == Some(1) {
            return false;
        }
        let working: Vec<Order> = self.engine.working().map(|(order, _, _)| order.clone()).collect();
        working.iter().for_each(|order| self.fill(order));
        if self.states.is_due(time) {
            let found = self.states.save(&mut self.engine, self.journal.events(), time).unwrap();
            assert!(found.refused.is_empty());
            let snapshot = serde_json::to_string(&self.engine.snapshot()).unwrap();
            self.journal.keep_states(&found.states, &snapshot, time).unwrap();
        }
        kill.is_none()
    }
}

fn polls(sequence: &Sequence) -> Vec<Quotes> {
    let (mut polls, mut at) = (Vec::new(), 0);
    while at < sequence.quotes.len() {
        let end = sequence.quotes.poll_end(at);
        let mut poll = Quotes::default();
        poll.append(sequence.quotes.view(at..end));
        polls.push(poll);
        at = end;
    }
    polls
}

/// Runs an account over all polls, killed in the polls of `kills`, each at its stage. Returns what was decided, and the
/// number of restarts from which the strategy came back.
fn decisions(setup: &Setup, sequence: &Sequence, kills: &[(usize, u8)]) -> (Vec<Record>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let (mut records, mut comebacks, mut listed) = (Vec::new(), 0, 0);
    let polls = polls(sequence);
    let start = |at: usize| Session::start(setup, folder.path(), Timestamp(polls[at].time[0]), &sequence.markets);
    let mut session = start(0);
    for (at, rows) in polls.iter().enumerate() {
        let kill = kills.iter().find(|(poll, _)| *poll == at).map(|(_, stage)| *stage);
        let mut again = |mut killed: Session<'_>| {
            records.append(&mut killed.records);
            drop(killed);
            let session = start(at);
            comebacks += usize::from(session.came_back);
            session
        };
        if !session.poll(rows, &mut listed, kill.filter(|stage| *stage < 3)) {
            session = again(session);
            // The poll that it was killed in is asked for again.
            assert!(session.poll(rows, &mut listed, None));
        }
        // Between two polls, now and then, an event moves.
        if at % 41 == 40 {
            let market = &sequence.markets[at % listed];
            let later = Span::hours(at as i64 / 41);
            let moved = Market { event_time: market.event_time.map(|time| time + later), ..market.clone() };
            session.apply(Timestamp(rows.time[0]), &[EventRef::Market(&moved)], &[]);
        }
        if kill == Some(3) {
            session = again(session);
        }
    }
    records.append(&mut session.records);
    (records, comebacks)
}

/// Checks that kills change nothing.
#[track_caller]
fn check(name: &str, poll: Span, days: u32, kills: &[(usize, u8)], parameters: &[(&str, f64)]) {
    let setup = setup(name, poll, parameters);
    let sequence = Sequence::generate(SequenceOptions { markets: 6, days, poll_interval: poll, seed: 3 });
    let (whole, none) = decisions(&setup, &sequence, &[]);
    let exits = |records: &[Record]| {
        records.iter().filter(|record| matches!(record, Record::Trade(trade) if !trade.settled)).count()
    };
    assert!(exits(&whole) > 0 && none == 0, "{} trades of {} records", exits(&whole), whole.len());
    let (killed, comebacks) = decisions(&setup, &sequence, kills);
    // A short sequence may end before a kill, and a poll has one.
    let polls = polls(&sequence).len();
    let happened: BTreeSet<usize> = kills.iter().map(|(at, _)| *at).filter(|at| *at < polls).collect();
    assert!(comebacks * 10 >= happened.len() * 9, "{comebacks} of {} came back", happened.len());
    for (at, pair) in whole.iter().zip(&killed).enumerate() {
        assert_eq!(pair.0, pair.1, "record {at}, killed in {kills:?}");
    }
    assert_eq!(whole.len(), killed.len());
}

/// A slow average over hours, so that a few days have many decisions; the window is longer than the warm-up.
const QUICK: [(&str, f64); 4] =
    [("ema_span_hours", 12.0), ("min_history_hours", 6.0), ("event_blackout_days", 0.5), ("threshold", 1.2)];

#[test]
fn a_hundred_kills_change_no_decision_of_mean_reversion() {
    let kills: Vec<(usize, u8)> =
        (0..100).map(|round| (20 + 8 * round + round * round % 7, (round % 4) as u8)).collect();
    check("mean-reversion", Span::minutes(20), 12, &kills, &QUICK);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn restarts_change_no_decision_of_any_strategy_at_any_poll_interval(
        kills in prop::collection::vec((2usize..700, 0u8..4), 1..8),
        minutes in prop::sample::select(vec![10i64, 20, 30]),
    ) {
        let days = (minutes / 4) as u32 + 3;
        check("mean-reversion", Span::minutes(minutes), days, &kills, &QUICK);
        let spread = [("mean_span_hours", 12.0), ("min_history_hours", 6.0), ("threshold", 1.0)];
        check("calendar-spread", Span::minutes(minutes), days, &kills, &spread);
    }
}
