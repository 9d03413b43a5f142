//! `host backtest`: exact and repeatable figures, several strategies on one account, and damaged tapes.

mod bad_tapes;
mod bias;
mod capital;
mod exact;
mod fill_models;
mod first_week;
mod full_disk;
mod kept;
mod look_ahead;
mod oracle;
mod output;
mod quantstats;
mod real_data;
mod several;
mod silence;
mod window;
