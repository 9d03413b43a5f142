//! `host data generate|import|info`: making and describing tapes.

mod elsewhere;
mod former;
mod generate;
mod import;
mod info;
