//! `host backtest`: what it prints, that its figures are exact, and what it does with tapes that are damaged.

mod bad_tapes;
mod exact;
mod fill_models;
mod full_disk;
mod output;
mod real_data;
mod several;
