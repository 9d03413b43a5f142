//! The machine's clock, whatever is done to it: time never goes back and never stops, and waits end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use host_core::{Qty, Side, Span, TimeInForce, Timestamp};
use host_exchange::server::accounts::KeyKind;
use host_venues::client::Agreement;
use host_venues::clock::{Clock, Reading};
use host_venues::error::ReadError;
use host_venues::kalshi::{Kalshi, KalshiSettings};
use proptest::prelude::*;

use crate::exchange::{Exchange, order};
use crate::fake::{Fake, Keys, Reply, START};

/// A machine whose two clocks a test sets.
#[derive(Clone)]
struct Machine(Arc<Mutex<Reading>>);

impl Machine {
    fn new() -> Machine {
        Machine(Arc::new(Mutex::new(Reading { system: START, monotonic: Duration::from_secs(77) })))
    }

    /// Moves the system's clock and the monotonic one by these numbers of seconds.
    fn moved(&self, system: i64, monotonic: u64) {
        let mut reading = self.0.lock().unwrap();
        reading.system = reading.system + Span::seconds(system);
        reading.monotonic += Duration::from_secs(monotonic);
    }

    fn clock(&self) -> Clock {
        let reading = Arc::clone(&self.0);
        Clock::wall_from(move || *reading.lock().unwrap())
    }
}

#[test]
fn time_runs_on_whatever_is_done_to_the_system_s_clock() {
    // Moves of the system's clock and of the monotonic one; then the clock's readings, relative to the start.
    let check = |moves: &[(i64, u64)], now: i64, ahead: i64| {
        let machine = Machine::new();
        let clock = machine.clock();
        for &(system, monotonic) in moves {
            machine.moved(system, monotonic);
            clock.now();
        }
        let told = (clock.now() - START, clock.ahead(), clock.system_now() - START);
        let system = moves.iter().map(|(system, _)| system).sum();
        assert_eq!(told, (Span::seconds(now), Span::seconds(ahead), Span::seconds(system)), "{moves:?}");
    };
    check(&[], 0, 0);
    check(&[(5, 5)], 5, 0);
    // Set back by five minutes, and while it catches up.
    check(&[(-300, 0)], 0, 300);
    check(&[(-300, 0), (10, 10)], 10, 300);
    check(&[(-300, 0), (10, 10), (300, 0)], 10, 0);
    // Set forward, and back again: nobody has said that it is right.
    check(&[(3_600, 0)], 0, 0);
    check(&[(3_600, 0), (-3_600, 0), (7, 7)], 7, 0);
    check(&[(2 * 86_400, 1)], 1, 0);
}

#[test]
fn a_clock_that_jumps_forward_is_followed_if_the_venue_agrees_and_not_otherwise() {
    // A move of both clocks, the venue's bounds, and the clock's reading then, all from the start.
    let check = |(system, monotonic): (i64, u64), venue: [i64; 2], now: i64| {
        let machine = Machine::new();
        let clock = machine.clock();
        machine.moved(system, monotonic);
        let at = |seconds: i64| START + Span::seconds(seconds);
        clock.witness(at(venue[0]), at(venue[1]));
        assert_eq!(clock.now() - START, Span::seconds(now), "{system} {monotonic} {venue:?}");
        // And back: what was followed stays.
        machine.moved(-system, 0);
        clock.witness(at(venue[0]), at(venue[1]));
        assert_eq!(clock.now() - START, Span::seconds(now), "{system} {monotonic} {venue:?}");
    };
    // Suspended for an hour, while the monotonic clock stops or runs.
    check((3_600, 1), [3_599, 3_600], 3_600);
    check((3_600, 3_600), [3_599, 3_600], 3_600);
    // A venue's date is a whole second, and clocks may be two seconds apart.
    check((3_600, 0), [3_602, 3_603], 3_600);
    check((3_600, 0), [3_603, 3_604], 0);
    check((3_600, 0), [3_597, 3_598], 3_600);
    check((3_600, 0), [3_596, 3_597], 0);
    // Set into the future by mistake: the venue is where it was.
    check((2 * 86_400, 5), [4, 5], 5);
    check((3_600, 5), [4, 5], 5);
    // Up to a second is the noise of two clocks.
    check((1, 0), [0, 1], 0);
    check((2, 0), [1, 2], 2);
    // Behind the venue, or a venue that is wrong: never back.
    check((0, 10), [-3_600, -3_599], 10);
    check((-20, 10), [-10, -9], 10);
}

proptest! {
    #[test]
    fn time_never_goes_back_and_never_runs_slower_than_the_monotonic_clock(
        moves in prop::collection::vec((-1_000i64..1_000, 0u64..100, any::<bool>()), 1..60),
    ) {
        let machine = Machine::new();
        let clock = machine.clock();
        for (system, monotonic, is_right) in moves {
            let before = clock.now();
            machine.moved(system, monotonic);
            let real = if is_right { clock.system_now() } else { clock.now() };
            clock.witness(real, real);
            let passed = clock.now() - before;
            prop_assert!(passed >= Span::seconds(monotonic as i64), "{passed} of {monotonic} s");
            let far = clock.system_now() - clock.now() > Span::seconds(2);
            prop_assert!(!far || !is_right, "the venue has said that it is right");
            prop_assert!(is_right || passed <= Span::seconds(monotonic as i64 + 2), "{passed} of {monotonic} s");
        }
    }
}

#[tokio::test]
async fn a_wait_ends_after_the_clock_is_set_back_and_soon_after_it_is_set_forward() {
    let machine = Machine::new();
    let clock = machine.clock();
    let until = START + Span::hours(1);
    let waiting = clock.clone();
    let sleeper = tokio::spawn(async move { waiting.sleep_until(until).await });
    tokio::task::yield_now().await;
    machine.moved(-300, 0);
    machine.moved(3_900, 1);
    clock.witness(until, until);
    // A wait for an hour of real time would fail this test.
    tokio::time::timeout(Duration::from_secs(120), sleeper).await.expect("it wakes up").unwrap();
}

#[tokio::test]
async fn the_machine_s_clock_is_one_for_the_process() {
    let (one, other) = (Clock::wall(), Clock::wall());
    let times = [one.now(), other.now(), one.now(), other.now()];
    assert!(times.is_sorted(), "{times:?}");
}

fn client(fake: &Fake, machine: &Machine) -> Kalshi {
    let keys = Keys::new(KeyKind::Ed25519);
    let settings = KalshiSettings { read_attempts: 1, ..fake.settings(&keys) };
    Kalshi::connect(&settings, machine.clock()).unwrap()
}

const BALANCE: &str = r#"{"balance_dollars": "1.00", "portfolio_value": 5}"#;
const TAKEN: &str = r#"{"order_id": "v1", "fill_count": "0", "remaining_count": "1"}"#;
const NO_ORDERS: &str = r#"{"orders": [], "cursor": ""}"#;

#[tokio::test]
async fn after_a_step_back_requests_carry_the_system_s_time() {
    let replies = [(200, BALANCE), (201, TAKEN), (200, NO_ORDERS)];
    let fake = Fake::start(replies.map(|(status, body)| Reply::Http(status, body.to_owned()))).await;
    let machine = Machine::new();
    let kalshi = client(&fake, &machine);
    machine.moved(-300, 0);
    assert_eq!(kalshi.clock().now(), START);
    kalshi.balance().await.unwrap();
    let till = TimeInForce::GoodTill(kalshi.clock().now() + Span::minutes(10));
    let order = host_venues::model::NewOrder { time_in_force: till, ..order("mine", Side::Buy, 4_200, 1) };
    assert_eq!(kalshi.create(&order).await.unwrap().remaining, Qty::contracts(1));
    kalshi.orders_since(kalshi.clock().now() - Span::seconds(60)).await.unwrap();
    let (seen, system) = (fake.seen(), START - Span::seconds(300));
    assert!(seen[0].head.contains(&format!("kalshi-access-timestamp: {}", system.0 / 1_000_000)), "{}", seen[0].head);
    // Both times, ten minutes from now and a minute ago, must reach the venue on its own clock.
    let seconds = |time: Timestamp| time.0 / 1_000_000_000;
    let expiry = seconds(system + Span::minutes(10));
    assert!(seen[1].body.contains(&format!(r#""expiration_time":{expiry}"#)), "{}", seen[1].body);
    let since = seconds(system - Span::seconds(60));
    assert!(seen[2].head.contains(&format!("min_ts={since}")), "{}", seen[2].head);
}

#[tokio::test]
async fn a_clock_that_is_set_during_a_run_is_noticed_with_the_next_response() {
    let fake = Fake::start(std::iter::repeat_n(Reply::Http(200, BALANCE.to_owned()), 3)).await;
    let machine = Machine::new();
    let kalshi = client(&fake, &machine);
    assert_eq!(kalshi.skew(), None);
    let after = async |moved: i64| {
        machine.moved(moved, 0);
        kalshi.balance().await.unwrap();
        kalshi.skew().unwrap().agreement(Span::seconds(2))
    };
    // The fake's clock stands at the start.
    assert_eq!(after(0).await, Agreement::Agrees);
    assert_eq!(after(-300).await, Agreement::Apart(Span::seconds(-300)));
    assert_eq!(after(600).await, Agreement::Apart(Span::seconds(299)));
}

/// As recorded: five seconds pass, thirty do not, and the refusal carries the venue's time.
#[tokio::test]
async fn a_clock_that_the_venue_refuses_is_known_to_be_wrong_by_how_much_and_put_right() {
    let exchange = Exchange::start().await;
    let machine = Machine::new();
    let settings = KalshiSettings { read_attempts: 1, ..exchange.members[0].clone() };
    let kalshi = Kalshi::connect(&settings, machine.clock()).unwrap();
    for off in [30, -30, 300, -300] {
        machine.moved(off, 0);
        let error = kalshi.balance().await.expect_err("it is signed too far from the venue's time");
        let ReadError::Refused { status: 401, code, .. } = &error else { panic!("{error}") };
        assert_eq!(code, "header_timestamp_expired");
        let Agreement::Apart(apart) = kalshi.skew().unwrap().agreement(Span::seconds(2)) else { panic!("{off}") };
        // The venue tells whole seconds.
        assert!((apart.0 - Span::seconds(off).0).abs() <= Span::seconds(1).0, "{apart} for {off}");
        machine.moved(-off, 0);
        kalshi.balance().await.unwrap();
        assert_eq!(kalshi.skew().unwrap().agreement(Span::seconds(2)), Agreement::Agrees);
    }
    for off in [5, -5] {
        machine.moved(off, 0);
        kalshi.balance().await.unwrap();
        machine.moved(-off, 0);
    }
}

#[tokio::test]
async fn a_slow_response_does_not_prove_that_the_clocks_agree() {
    let status = r#"{"exchange_active": true, "trading_active": true}"#;
    let fake = Fake::start(std::iter::repeat_n(Reply::Http(200, status.to_owned()), 20)).await;
    let machine = Machine::new();
    // Each reading of the clock takes five seconds, so each request takes at least as long.
    let slow = machine.clone();
    let clock = Clock::wall_from(move || {
        slow.moved(5, 5);
        *slow.0.lock().unwrap()
    });
    let keys = Keys::new(KeyKind::Ed25519);
    let time = Kalshi::connect(&fake.settings(&keys), clock).unwrap().venue_time().await.unwrap();
    assert!(time.uncertainty() >= Span::seconds(5), "{time:?}");
    assert_ne!(time.agreement(Span::seconds(2)), Agreement::Agrees, "{time:?}");
    assert!(fake.seen().len() > 1, "it was asked again");
}
