//! The health of a host, as its status tells it.

use host_core::TradingState;
use host_live::control::client::NoAnswer;
use host_live::control::status::StatusView;

/// Age of the status at which the loop counts as hanging, in seconds.
const STALE: f64 = 90.0;

/// The health of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// The loop turns, and orders may leave.
    Well,
    /// It is halted or killed, or its loop hangs.
    NotWell,
    /// It has not begun yet, or has ended.
    Absent,
}

/// Judges an answer.
pub fn health(answer: &Result<StatusView, NoAnswer>) -> Health {
    match answer {
        Err(NoAnswer::NotRunning) => Health::Absent,
        Err(NoAnswer::Hung(_)) => Health::NotWell,
        Ok(StatusView { killed: Some(_), .. }) => Health::NotWell,
        Ok(StatusView { status: None, uptime_seconds, .. }) if *uptime_seconds < STALE => Health::Absent,
        Ok(StatusView { status: None, .. }) => Health::NotWell,
        Ok(view) if view.status_age_seconds > STALE => Health::NotWell,
        // A venue that is paused holds its orders back, as it should.
        Ok(StatusView { status: Some(status), .. })
            if status.state == TradingState::Halted && !status.venue_says.is_paused() =>
        {
            Health::NotWell
        }
        Ok(_) => Health::Well,
    }
}

#[cfg(test)]
mod tests {
    use host_live::control::status::{Identity, Status};

    use super::*;

    #[test]
    fn only_a_turning_loop_that_may_trade_is_well() {
        let view = |state: TradingState, age: f64| StatusView {
            identity: Identity::of_this_process("kalshi", "alex"),
            uptime_seconds: 10.0,
            killed: None,
            status: Some(Status { state, ..Status::default() }),
            status_age_seconds: age,
        };
        assert_eq!(health(&Ok(view(TradingState::Active, 1.0))), Health::Well);
        assert_eq!(health(&Ok(view(TradingState::Reduce, 1.0))), Health::Well);
        assert_eq!(health(&Ok(view(TradingState::Halted, 1.0))), Health::NotWell);
        let mut paused = view(TradingState::Halted, 1.0);
        if let Some(status) = &mut paused.status {
            status.venue_says.trading_active = Some(false);
        }
        assert_eq!(health(&Ok(paused)), Health::Well);
        assert_eq!(health(&Ok(view(TradingState::Active, 91.0))), Health::NotWell);
        assert_eq!(health(&Err(NoAnswer::Hung("silent".to_owned()))), Health::NotWell);
        assert_eq!(health(&Err(NoAnswer::NotRunning)), Health::Absent);
        let begun = StatusView { status: None, ..view(TradingState::Active, 0.0) };
        assert_eq!(health(&Ok(begun.clone())), Health::Absent);
        assert_eq!(health(&Ok(StatusView { uptime_seconds: 100.0, ..begun })), Health::NotWell);
    }
}
