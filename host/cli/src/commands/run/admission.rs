//! The admission of strategies to a run: who vouches for each, and what is new about it. Before it, nothing of theirs
//! runs but `describe`, in the sandbox, which says the name and version that people are told.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};
use std::path::Path;

use host_core::risk::RiskLimits;
use host_sandbox::trust::{
    Candidate, Change, ComponentLock, Judgement, LockFile, NotTrusted, TradingMode, is_named_by, short_digest,
};
use host_session::setup::LoadedStrategy;

use super::card;
use crate::config::Loaded;
use crate::context::Context;
use crate::strategies::trusted;
use crate::terminal;
use crate::terminal::error::{Report, Result};
use crate::terminal::operator::operator;
use crate::terminal::text::Text;

#[derive(Clone, Debug, clap::Args)]
pub struct AdmissionArgs {
    /// Confirm a component that nobody signed, by its sha256 or the first 8 digits or more (repeatable); host.lock
    /// keeps it
    #[arg(long, value_name = "DIGEST", value_parser = beginning_of_digest)]
    confirm_component: Vec<String>,
}

fn beginning_of_digest(text: &str) -> Result<String, String> {
    let is_digest = (8..=64).contains(&text.len()) && text.chars().all(|digit| digit.is_ascii_hexdigit());
    match is_digest {
        true => Ok(text.to_owned()),
        false => Err("write 8 to 64 hexadecimal digits, as `host inspect` shows them".to_owned()),
    }
}

/// A run whose strategies are to be admitted.
#[derive(Clone, Debug)]
pub struct Admission<'a> {
    pub mode: TradingMode,
    pub strategies: &'a [LoadedStrategy],
    /// The limits in force.
    pub limits: &'a RiskLimits,
    /// The markets that the run trades, in words.
    pub markets: String,
    /// The words for a refusal, such as `not started`.
    pub not_done: &'static str,
}

/// Strategies that may run.
#[derive(Debug)]
pub struct Admitted<'a> {
    run: Admission<'a>,
    file: LockFile,
    judgements: Vec<Judgement>,
}

impl<'a> Admission<'a> {
    /// Judges all strategies. At a terminal the operator is asked about components that nobody signed.
    ///
    /// # Errors
    /// One of them may not run: all are reported at once. The lock or a signature cannot be read.
    pub fn admit(self, args: &AdmissionArgs, loaded: &Loaded, context: &Context) -> Result<Admitted<'a>> {
        let file = trusted::lock_file(loaded)?;
        let mut lock = file.read().map_err(|error| trusted::report(&error))?;
        let trust = &loaded.config.trust;
        let signatures = self.strategies.iter().map(|one| trusted::signature_beside(Path::new(&one.component.name)));
        let signatures = signatures.collect::<Result<Vec<_>>>()?;
        let candidates = self.strategies.iter().zip(&signatures).map(|(strategy, signature)| Candidate {
            slot: &strategy.slot,
            component: &strategy.component,
            bytes: &strategy.bytes,
            signature: signature.as_deref(),
        });
        let candidates: Vec<Candidate<'_>> = candidates.collect();
        let named = confirmed_by_name(&candidates, &args.confirm_component)?;
        let (mut judgements, mut refused) = (Vec::new(), Vec::new());
        for candidate in &candidates {
            let sha256 = &candidate.component.digest;
            if named.contains(sha256) {
                confirm(&file, &mut lock, candidate, "run --confirm-component", context);
            }
            let judge = |lock: &ComponentLock| trust.judge(self.mode, candidate, lock, trusted::now());
            let mut judged = judge(&lock);
            if let Err(NotTrusted::Unconfirmed { change, .. }) = &judged
                && may_run(candidate, change.as_deref())
            {
                confirm(&file, &mut lock, candidate, "run", context);
                judged = judge(&lock);
            }
            match judged {
                Ok(judgement) => judgements.push(judgement),
                Err(error) => refused.push((candidate, error)),
            }
        }
        match refused.is_empty() {
            true => Ok(Admitted { run: self, file, judgements }),
            false => Err(refusal(self.not_done, &refused)),
        }
    }
}

impl Admitted<'_> {
    /// Shows the card of each strategy, and what is new or wrong about it.
    pub fn tell(&self, context: &Context) {
        let Admission { strategies, limits, markets, .. } = &self.run;
        for (LoadedStrategy { slot, component, .. }, judgement) in strategies.iter().zip(&self.judgements) {
            context.ui.say_text(&card::of(slot, component, judgement, markets, limits));
            if let Some(change) = &judgement.change {
                context.ui.say(&format!("warning: the component of {slot} was changed: {change}"));
            }
            if let Some(fault) = judgement.signer.fault() {
                let what = format!("the component of {slot} is not trusted: {fault}");
                context.ui.say(&format!("warning: {what}; live trading refuses it"));
            }
        }
    }

    /// Records in the lock that a run of these strategies begins. That it cannot be written is only said: what trades
    /// has been admitted.
    pub fn record(&self, context: &Context) {
        let &Admission { mode, strategies, limits, .. } = &self.run;
        let recorded = self.file.update(|lock| {
            for (strategy, judgement) in strategies.iter().zip(&self.judgements) {
                let LoadedStrategy { slot, component, bytes, .. } = strategy;
                let candidate = Candidate { slot, component, bytes, signature: None };
                lock.record(mode, &candidate, &judgement.signer, limits, trusted::now());
            }
        });
        if let Err(error) = recorded {
            let said = trusted::report(&error).render(false);
            context.ui.say_text(&(Text::line("warning: what runs is not recorded") + said));
        }
    }
}

/// Returns the digests of those of `candidates` that `given` names.
fn confirmed_by_name(candidates: &[Candidate<'_>], given: &[String]) -> Result<Vec<String>> {
    let mut named = Vec::new();
    for beginning in given {
        let digests = candidates.iter().map(|candidate| &candidate.component.digest);
        let mut found = digests.filter(|digest| is_named_by(digest, beginning)).peekable();
        if found.peek().is_none() {
            let report = Report::user(format!("`--confirm-component {beginning}` is none of the strategies' digests"));
            let line = |one: &Candidate<'_>| format!("{} has sha256 {}", one.slot, one.component.digest);
            return Err(candidates
                .iter()
                .map(line)
                .fold(report, Report::because)
                .hint("a component that was changed or built anew is another one: look at it before you confirm it"));
        }
        named.extend(found.cloned());
    }
    Ok(named)
}

/// Confirms `candidate` in `lock` and in its file.
fn confirm(file: &LockFile, lock: &mut ComponentLock, candidate: &Candidate<'_>, by: &str, context: &Context) {
    let by = operator(by);
    lock.confirm(candidate, &by, trusted::now());
    if let Err(error) = file.update(|lock| lock.confirm(candidate, &by, trusted::now())) {
        let said = trusted::report(&error).render(false);
        context.ui.say_text(&(Text::line("warning: the confirmation counts for this run only") + said));
    }
}

fn refusal(not_done: &str, refused: &[(&Candidate<'_>, NotTrusted)]) -> Report {
    let report = Report::user(format!("{not_done}: nothing runs that is not trusted"));
    let cause = |(candidate, error): &(&Candidate<'_>, NotTrusted)| {
        let manifest = &candidate.component.manifest;
        let change = match error {
            NotTrusted::Unconfirmed { change: Some(change), .. } => format!("; {change}"),
            _ => String::new(),
        };
        format!("{} ({} {}): {error}{change}", candidate.slot, manifest.name, manifest.version)
    };
    let report = refused.iter().map(cause).fold(report, Report::because);
    refused.iter().fold(report, |report, (candidate, error)| report.hint(error.hint(&candidate.component.name)))
}

/// Returns true if the operator confirms `candidate` at the terminal. Without a terminal nobody does.
fn may_run(candidate: &Candidate<'_>, change: Option<&Change>) -> bool {
    let manifest = &candidate.component.manifest;
    let digest = &candidate.component.digest;
    let mut what = Text::line(&format!("nobody has signed {} {}, sha256 {digest}", manifest.name, manifest.version));
    if let Some(change) = change {
        what = what + Text::line(&format!("what runs in {} was changed: {change}", candidate.slot));
    }
    stdin().is_terminal() && ask(what, digest, &mut stdin().lock(), &mut stderr()).unwrap_or(false)
}

fn ask(what: Text, digest: &str, input: &mut impl BufRead, output: &mut impl Write) -> std::io::Result<bool> {
    let digits = short_digest(digest);
    let question = Text::part(&format!("type its first digits, {digits}, to confirm once that it may run: "));
    Ok(terminal::stderr::ask(&(what + question), input, output)? == digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_digests_own_digits_confirm_a_component() {
        let check = |typed: &str, good: bool| {
            let mut output = Vec::new();
            let digest = "0123456789abcdef".repeat(4);
            assert_eq!(ask(Text::line("demo"), &digest, &mut typed.as_bytes(), &mut output).unwrap(), good, "{typed}");
            let said = String::from_utf8(output).unwrap();
            assert_eq!(said, "demo\ntype its first digits, 01234567, to confirm once that it may run: ");
        };
        check("01234567\n", true);
        check(" 01234567 \n", true);
        check("0123456\n", false);
        check("89abcdef\n", false);
        check("yes\n", false);
        check("\n", false);
        check("", false);
    }

    #[test]
    fn a_digest_is_named_by_eight_digits_or_more() {
        let check = |text: &str, good: bool| assert_eq!(beginning_of_digest(text).is_ok(), good, "{text}");
        check("0123abCD", true);
        check(&"a".repeat(64), true);
        check("0123abc", false);
        check(&"a".repeat(65), false);
        check("0123abcx", false);
        check("", false);
    }
}
