//! `host data generate|import|info`: making and describing tapes.

mod generate;
mod import;
mod info;
