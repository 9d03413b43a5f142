//! `host settle`: the operator's word on what a market has paid.

use host_core::Price;
use host_live::control::SettleNotes;
use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Reply, Request, SettleOrder};
use host_store::live::account_summary;

use super::account::account_dir;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::operator::operator;
use crate::terminal::output;

/// Close a market in a live account's books, at what it has paid
///
/// For a market that has paid neither yes nor no, such as one that was declared void: the host cannot tell what it
/// paid, so its position stays in the books until a person says. If no host is running, the next start books it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host settle KXHIGHNY-26JAN18-T40 0.42 --reason 'void: refunded'
  host settle KXHIGHNY-26JAN18-T40 1 --reason 'paid yes, see statement'")]
pub struct Args {
    /// The venue's name of the market
    #[arg(value_name = "TICKER")]
    ticker: String,

    /// What one YES contract has paid, in dollars from 0 to 1; NO has paid the rest of the dollar
    #[arg(value_name = "VALUE", value_parser = payout)]
    payout: Price,

    /// Reason for the journal
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Account that holds the position [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

fn payout(text: &str) -> Result<Price, String> {
    let value: f64 = text.parse().map_err(|_| "write dollars, such as 0.42".to_owned())?;
    let units = value * f64::from(Price::ONE.0);
    match (0.0..=1.0).contains(&value) && (units - units.round()).abs() < 1e-6 {
        true => Ok(Price(units.round() as i32)),
        false => Err("it must be from 0 to 1, with at most four decimals".to_owned()),
    }
}

/// Runs `host settle`.
///
/// # Errors
/// There is no reason or no such position, or the host refuses or does not answer.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let Args { ticker, payout, reason, account } = args;
    if reason.trim().is_empty() {
        return Err(Report::usage("a settlement needs a reason: it is kept in the journal"));
    }
    let config = context.config()?.config;
    let folder = account_dir(&config, account.as_deref())?;
    let (ticker, reason) = (ticker.clone(), reason.trim().to_owned());
    let order = SettleOrder { ticker: ticker.clone(), payout: *payout, reason, by: operator("settle") };
    match ask(&folder, &Request::Settle(order.clone()), &mut |text| context.ui.say(text)) {
        Ok(Reply::Done(text)) => output::print_line(&text),
        Ok(Reply::Failed(failure)) => Err(Report::from_failure(Kind::User, failure)),
        Ok(_) => Err(Report::new(Kind::Internal, "the host's answer does not match the request")),
        Err(NoAnswer::Hung(why)) => Err(Report::user("not settled: a host seems to be running but does not answer")
            .because(why)
            .hint("end its process, then settle again")),
        Err(NoAnswer::NotRunning) => {
            let summary = account_summary(folder.path())
                .map_err(|error| Report::user("not settled: the account's journal cannot be read").because(error))?;
            if !summary.positions.iter().any(|position| position.ticker == ticker) {
                return Err(Report::user(format!("not settled: the account holds no position in {ticker}"))
                    .hint("`host status` shows what it holds"));
            }
            SettleNotes::add(&folder, order).map_err(|error| {
                Report::io(format!("not settled: cannot write {}", folder.settled().display()), &error)
            })?;
            output::print_line(&format!("no host is running: the next start books that {ticker} has paid {payout}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payout_is_a_price_between_nothing_and_a_dollar() {
        for (text, expect) in [("0", Some(0)), ("1", Some(10_000)), ("0.42", Some(4_200)), ("0.4205", Some(4_205))] {
            assert_eq!(payout(text).ok().map(|price| price.0), expect, "{text}");
        }
        for text in ["1.01", "-0.1", "0.42051", "nan", "inf", "42c", ""] {
            assert!(payout(text).is_err(), "{text}");
        }
    }
}
