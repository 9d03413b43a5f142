//! The drill of the kill switch: from the page of a phone, with orders at work.

use std::time::Duration;

use host_monitor::dashboard::access::{Access, Scope};

use super::steps::{Since, Steps};
use super::theatre::{Theatre, now};
use crate::config::Config;
use crate::terminal::error::Result;

/// Time in which every order must be cancelled, and verified to be.
const GOAL: Duration = Duration::from_secs(5);
/// Time in which a killed account must come up killed.
const RESTART: Duration = Duration::from_secs(30);
/// Time in which an order would leave, if one did: three polls.
const AFTER: Duration = Duration::from_secs(3);

/// Presses the stop on the page that a phone would show.
pub(super) fn hold(config: &Config, steps: &mut Steps) -> Result<()> {
    let mut theatre = Theatre::open(config, steps)?;
    if !theatre.start_trading(steps)? {
        return Ok(());
    }
    let (cookie, token) = match sign_in(&theatre) {
        Ok(signed_in) => signed_in,
        Err(why) => {
            steps.note("a phone signs in", false, why);
            return Ok(());
        }
    };
    steps.note("a phone signs in", true, "the page of the stop fits a phone's screen");
    let since = Since::now();
    let form = format!("token={token}&sure=held");
    if let Err(why) = theatre.http.post_form((&theatre.page, "/stop"), &cookie, form) {
        steps.note("the stop is pressed", false, why);
        return Ok(());
    }
    steps.wait("all orders are cancelled", (since, GOAL), || match theatre.resting()? {
        0 => Ok("no order rests at the venue".to_owned()),
        left => Err(format!("{left} orders rest at the venue")),
    })?;
    steps.wait("that none is left is verified", (since, GOAL), || {
        let page = theatre.http.get(&format!("{}/stop", theatre.page), &cookie)?.text;
        let verified = page.contains("verified: 0 open orders");
        if verified { Ok("the page says so".to_owned()) } else { Err("the page does not say so".to_owned()) }
    })?;
    no_order_leaves(&theatre, steps, "no order leaves any more")?;
    theatre.crash_host();
    theatre.start_host()?;
    steps.wait("it is killed after a restart as well", (Since::now(), RESTART), || {
        let killed = theatre.view()?.killed.ok_or("it trades")?;
        Ok(format!("killed by {}", killed.by))
    })?;
    no_order_leaves(&theatre, steps, "no order leaves after the restart")
}

fn no_order_leaves(theatre: &Theatre, steps: &mut Steps, step: &str) -> Result<()> {
    let before = theatre.orders().map(|orders| orders.len());
    steps.rest(AFTER)?;
    let after = theatre.orders().map(|orders| orders.len());
    let same = before.is_ok() && before == after;
    let found = match (before, after) {
        (Ok(before), Ok(after)) => format!("{} in {} s", after.saturating_sub(before), AFTER.as_secs()),
        (Err(why), _) | (_, Err(why)) => why,
    };
    steps.note(step, same, found);
    Ok(())
}

/// Signs a phone in that may stop. Returns its cookie, and the token of the form.
fn sign_in(theatre: &Theatre) -> Result<(String, String), String> {
    let access = Access::of(theatre.account().path());
    let code = access.make_code(Scope::Kill, "drill", now()).map_err(|error| error.to_string())?;
    let answer = theatre.http.post_form((&theatre.page, "/login"), "", format!("code={code}"))?;
    let cookie = answer.cookie.ok_or_else(|| format!("the page lets nobody in: {}", answer.status))?;
    let page = theatre.http.get(&format!("{}/stop", theatre.page), &cookie)?.text;
    if !page.contains("width=device-width") {
        return Err("the page does not fit a phone's screen".to_owned());
    }
    let token = page.split_once("name=\"token\" value=\"").and_then(|(_, rest)| rest.split('"').next());
    let token = token.ok_or("the page has no stop")?;
    Ok((cookie, token.to_owned()))
}
