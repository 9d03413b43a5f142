//! `host gonogo`: whether an account may trade real money, or more of it.

pub mod ask;
mod gather;
mod sign;
pub mod terms;
mod text;

use clap::Subcommand;

use self::gather::{Asked, Gathered};
use self::terms::{EvidenceArgs, no_go, not_met};
use super::account::account_dir;
use super::trade_args::TradeArgs;
use crate::context::Context;
use crate::strategies::slots::StrategyArg;
use crate::terminal::error::Result;
use crate::terminal::output::Format;

/// Decide on evidence whether an account may trade real money
///
/// The eight criteria of a go/no-go decision and further gates, each PASS, FAIL or NOT KNOWN with its evidence and the
/// command that shows it. It is asked at an account's first live start and by `host stage up`, never at a restart. The
/// strategies are those of --strategy, else those that the account trades, else those of the latest paper run. The
/// thresholds stand in [gonogo] of host.toml. A person may sign what the machine cannot know, and no failure. Exit code
/// 0: go; 10: no-go.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  host gonogo
  host gonogo --strategy mean_reversion.wasm --param threshold=1.5
  host gonogo alex --paper paper:alex --format json
  host gonogo sign profit-factor --reason '54 trades are few, and I accept it'"
)]
pub struct Args {
    #[command(subcommand)]
    action: Option<GoNoGoAction>,

    /// Account that is to trade [default: live.account]
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,

    #[command(flatten)]
    evidence: EvidenceArgs,

    /// Strategy that is to trade: a component, or a crate folder (repeatable)
    #[arg(long, value_name = "[NAME=]X.wasm|DIR", value_parser = clap::value_parser!(StrategyArg))]
    strategy: Vec<StrategyArg>,

    /// Set a parameter (repeatable), as for `host run`
    #[arg(long, value_name = "NAME=VALUE", requires = "strategy")]
    param: Vec<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum GoNoGoAction {
    /// Sign a criterion that the machine cannot know, for as long as gonogo.signature_age
    Sign(sign::Args),
}

/// Runs `host gonogo`.
///
/// # Errors
/// A criterion is not met, or what it rests on cannot be read.
pub fn run(args: Args, context: &Context) -> Result<()> {
    if let Some(GoNoGoAction::Sign(args)) = args.action {
        return sign::run(&args, context);
    }
    let loaded = context.config()?;
    let folder = account_dir(&loaded.config, args.account.as_deref())?.real();
    let strategies = match args.strategy.is_empty() {
        true => None,
        false => {
            let trade = TradeArgs { strategy: args.strategy, param: args.param, fill_model: None };
            Some(trade.strategies(&loaded, loaded.config.feed.poll, context)?)
        }
    };
    let infos = strategies.as_deref().map(gather::infos);
    let paper = args.evidence.paper.as_deref();
    let asked = Asked { folder: &folder, strategies: infos.as_deref(), paper, whole: true };
    let Gathered { verdict, account } = gather::judged(&asked, &loaded, context)?;
    text::print(&verdict, &account, args.format)?;
    match verdict.go {
        true => Ok(()),
        false => Err(no_go(&format!("no-go for {account}: {}", not_met(verdict.open().count())))
            .hint("each says above what to do about it")),
    }
}
