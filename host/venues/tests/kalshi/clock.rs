//! The stepped clock: it moves to the earliest time that anyone waits for, and only when nothing is under way.

use std::sync::{Arc, Mutex};

use host_core::Span;
use host_venues::clock::Clock;

use crate::exchange::Exchange;
use crate::fake::START;

#[tokio::test]
async fn sleepers_wake_in_the_order_of_their_times() {
    let exchange = Exchange::start().await;
    let clock = Clock::stepped(&exchange.url).await.unwrap();
    assert_eq!(clock.now(), START);
    let woken: Arc<Mutex<Vec<(i64, i64)>>> = Arc::default();
    // No sleeper wakes before all of them sleep.
    let held = clock.hold().await;
    let sleepers = [30, 5, 20, 5].map(|seconds| {
        let (clock, woken) = (clock.clone(), Arc::clone(&woken));
        tokio::spawn(async move {
            clock.sleep_until(START + Span::seconds(seconds)).await;
            woken.lock().unwrap().push((seconds, (clock.now() - START).0 / 1_000_000_000));
        })
    });
    tokio::task::yield_now().await;
    assert_eq!(clock.now(), START);
    drop(held);
    for sleeper in sleepers {
        sleeper.await.unwrap();
    }
    assert_eq!(*woken.lock().unwrap(), [(5, 5), (5, 5), (20, 20), (30, 30)]);
    assert_eq!(exchange.handle.clock().now(), START + Span::seconds(30), "the exchange moved along");
}

#[tokio::test]
async fn a_sleeper_that_is_dropped_does_not_hold_up_the_others() {
    let exchange = Exchange::start().await;
    let clock = Clock::stepped(&exchange.url).await.unwrap();
    let held = clock.hold().await;
    let early = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep(Span::seconds(1)).await }
    });
    tokio::task::yield_now().await;
    early.abort();
    assert!(early.await.unwrap_err().is_cancelled());
    drop(held);
    clock.sleep(Span::days(21)).await;
    assert_eq!(clock.now(), START + Span::days(21));
    clock.sleep_until(START).await;
    assert_eq!(clock.now(), START + Span::days(21), "what has passed is not waited for");
}

#[tokio::test]
async fn a_stepped_clock_needs_a_stepped_exchange_on_this_machine() {
    let check = async |url: &str, expect: &str| {
        let error = Clock::stepped(url).await.expect_err(url).to_string();
        assert!(error.contains(expect), "{error}");
    };
    check("https://external-api.kalshi.com/trade-api/v2", "only with an exchange on this machine").await;
    check("nonsense", "no address").await;
    check("http://127.0.0.1:1/", "no clock that can be stepped").await;
}
