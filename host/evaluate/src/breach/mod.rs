//! Each limit of a configuration, breached: an order just inside passes, one beyond is refused, with the limit's own
//! code.
//!
//! A limit is tried with all others so wide that only it can refuse, because in a configuration a tighter one may
//! always come first; then the same breach is tried with all limits together, which must refuse it as well, whatever
//! the code.

mod bench;
mod case;
mod latches;
mod limits;
mod slots;

use host_core::risk::{RefusalCode, RiskLimits};

pub use self::case::Breach;

use self::bench::{Bench, wide};
use self::case::{Case, Put, Reach};

/// Breaches each limit of `limits`, and each check without one. A limit that the configuration does not have, that no
/// order can exceed, or that counts beyond ten thousand, is left out.
pub fn breach_all(limits: &RiskLimits) -> Vec<Breach> {
    let cases = limits::CASES.iter().chain(latches::CASES);
    let mut found: Vec<Breach> = cases.filter_map(|case| breach(case, limits)).collect();
    found.extend(slots::breach_all(limits));
    found
}

fn breach(case: &Case, limits: &RiskLimits) -> Option<Breach> {
    let mut alone = RiskLimits { slots: [].into(), ..wide(limits) };
    (case.keep)(limits, &mut alone);
    let told = |triggered: bool, found: String| {
        Some(Breach { limit: case.limit.to_owned(), code: case.code.to_string(), triggered, found })
    };
    let tried = |limits_of: &RiskLimits, side: Reach| -> Result<(Put, Option<String>), String> {
        let mut bench = match case.code {
            RefusalCode::EquityUnknown if side == Reach::Beyond => Bench::without_equity(limits_of.clone()),
            _ => Bench::new(limits_of.clone()),
        }
        .map_err(|error| error.to_string())?;
        let put = (case.put)(&mut bench, limits, side);
        Ok((put, (put == Put::Done).then(|| bench.check()).flatten()))
    };
    let (beyond, inside, together) =
        match (tried(&alone, Reach::Beyond), tried(&alone, Reach::Inside), tried(limits, Reach::Beyond)) {
            (Ok(beyond), Ok(inside), Ok(together)) => (beyond, inside, together),
            (Err(why), ..) | (_, Err(why), _) | (_, _, Err(why)) => return told(false, why),
        };
    if beyond.0 != Put::Done {
        return None;
    }
    match (beyond.1, inside, together.1) {
        (Some(code), ..) if code != case.code.as_str() => told(false, format!("refused with {code}")),
        (None, ..) => told(false, "an order beyond it passed".to_owned()),
        (_, (Put::Done, Some(code)), _) => told(false, format!("an order inside it was refused with {code}")),
        (_, _, None) => told(false, "with all limits together an order beyond it passed".to_owned()),
        (Some(_), (Put::Done, None), Some(all)) => {
            told(true, format!("refused beyond, passed inside; together: {all}"))
        }
        (Some(_), _, Some(all)) => told(true, format!("refused beyond; together: {all}")),
    }
}

#[cfg(test)]
mod tests;
