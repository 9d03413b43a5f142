//! A relay between the host and the exchange that notes when a poll has passed it, and when orders do.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// An order later than this after a poll follows from something else.
const LONGEST: Duration = Duration::from_millis(900);

/// The times seen so far.
#[derive(Default)]
struct Seen {
    /// The moment when the last part of a poll's answer was passed on, until an order follows.
    polled: Option<Instant>,
    first_orders_ms: Vec<f64>,
    polls: usize,
    /// Orders in markets of these series are of no interest.
    ignored: &'static [&'static str],
}

/// A relay to an exchange. Its threads end with the process.
pub struct Relay {
    /// The address to give the host.
    pub address: String,
    seen: Arc<Mutex<Seen>>,
}

impl Relay {
    /// Relays to the exchange at `exchange`.
    pub fn to(exchange: &str) -> Relay {
        Relay::without(&[], exchange)
    }

    /// Relays to the exchange at `exchange`, and does not count orders in markets of the series `ignored`.
    pub fn without(ignored: &'static [&'static str], exchange: &str) -> Relay {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (seen, exchange) = (Arc::new(Mutex::new(Seen { ignored, ..Seen::default() })), exchange.to_owned());
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for host in listener.incoming().map_while(Result::ok) {
                let Ok(venue) = TcpStream::connect(&exchange) else { continue };
                let both = [&host, &venue].map(|stream| stream.set_nodelay(true).and_then(|()| stream.try_clone()));
                let [Ok(host_too), Ok(venue_too)] = both else { continue };
                let is_poll = Arc::<Mutex<bool>>::default();
                let (seen, asked) = (Arc::clone(&shared), Arc::clone(&is_poll));
                thread::spawn(move || pass(host, venue, |bytes| on_request(bytes, &seen, &asked), |_| ()));
                let seen = Arc::clone(&shared);
                thread::spawn(move || pass(venue_too, host_too, |_| (), |_| on_answered(&seen, &is_poll)));
            }
        });
        Relay { address, seen }
    }

    /// Returns the times from polls to the first orders that followed, in milliseconds, and the number of polls.
    pub fn first_orders_ms(&self) -> (Vec<f64>, usize) {
        let seen = self.seen.lock().expect("no panic");
        (seen.first_orders_ms.clone(), seen.polls)
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, before: impl Fn(&[u8]), after: impl Fn(&[u8])) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        before(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
        after(&buffer[..count]);
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn on_request(bytes: &[u8], seen: &Mutex<Seen>, is_poll: &Mutex<bool>) {
    let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let starts = ["GET ", "POST ", "DELETE "].iter().any(|method| line.starts_with(method));
    if starts {
        *is_poll.lock().expect("no panic") = line.contains("/markets?") && line.contains("status=open");
    }
    let mut seen = seen.lock().expect("no panic");
    if line.starts_with("POST ") && line.contains("/events/orders") {
        // A small body is sent with its head.
        let request = String::from_utf8_lossy(bytes);
        if seen.ignored.iter().any(|series| request.contains(series)) {
            return;
        }
        let took = seen.polled.take().map(|polled| polled.elapsed());
        seen.first_orders_ms.extend(took.filter(|took| *took < LONGEST).map(|took| took.as_secs_f64() * 1e3));
    } else if starts && *is_poll.lock().expect("no panic") {
        (seen.polled, seen.polls) = (None, seen.polls + 1);
    }
}

fn on_answered(seen: &Mutex<Seen>, is_poll: &Mutex<bool>) {
    if *is_poll.lock().expect("no panic") {
        seen.lock().expect("no panic").polled = Some(Instant::now());
    }
}
