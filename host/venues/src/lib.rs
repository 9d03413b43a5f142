//! Clients of trading venues: what the venue says, exactly, or an error; never a guess.
//!
//! A client reads with retries and writes with one attempt, whose outcome has three arms: refused, accepted, unknown.
//! It decides nothing about trading. It must never send an order twice, turn an absent price into a number, or let a
//! key reach a log line, an error or an argument list.

#![forbid(unsafe_code)]

pub mod clock;
pub mod kalshi;
