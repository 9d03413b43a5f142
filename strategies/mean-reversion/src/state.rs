//! Saves and restores the strategy's state, so that a newer version can take over without 72 hours of warm-up.

use strategy_sdk::{Reader, Stateful, Writer};

use crate::MeanReversion;
use crate::market::{MarketState, PositionSide, Schedule};
use crate::window::Window;

/// Largest number of markets in a saved state, far more than any run has. Without it a damaged state could ask for
/// unlimited memory.
const MAX_MARKETS: u64 = 1 << 24;

impl Stateful for MeanReversion {
    /// Version 1 had a state for each market ever listed, without its number.
    const STATE_VERSION: u32 = 2;

    fn save(&self) -> Result<Vec<u8>, String> {
        let mut writer = Writer::new();
        writer.signed(self.next_sweep);
        let states = self.markets.iter().enumerate().filter_map(|(id, state)| Some((id, state.as_deref()?)));
        writer.unsigned(states.clone().count() as u64);
        for (id, MarketState { window, held, schedule }) in states {
            writer.unsigned(id as u64);
            writer.unsigned(match held {
                PositionSide::Flat => 0,
                PositionSide::Long => 1,
                PositionSide::Short => 2,
            });
            for time in [schedule.event, schedule.closes] {
                writer.unsigned(u64::from(time.is_some()));
                writer.signed(time.unwrap_or(0));
            }
            window.save(&mut writer);
        }
        Ok(writer.finish())
    }

    fn restore(&mut self, version: u32, payload: &[u8]) -> Result<(), String> {
        let mut reader = Reader::new(payload);
        let next_sweep = reader.signed()?;
        let count = reader.at_most(MAX_MARKETS)?;
        let mut markets = Vec::new();
        for place in 0..count {
            let id = if version == 1 { place } else { reader.at_most(MAX_MARKETS)? } as usize;
            if id >= markets.len() {
                markets.resize_with(id + 1, || None);
            }
            markets[id] = Some(Box::new(self.restore_market(&mut reader)?));
        }
        reader.finish()?;
        (self.next_sweep, self.markets) = (next_sweep, markets);
        Ok(())
    }
}

impl MeanReversion {
    fn restore_market(&self, reader: &mut Reader<'_>) -> Result<MarketState, String> {
        let held = match reader.at_most(2)? {
            0 => PositionSide::Flat,
            1 => PositionSide::Long,
            _ => PositionSide::Short,
        };
        let mut time = || -> Result<Option<i64>, String> {
            let known = reader.at_most(1)? == 1;
            Ok(Some(reader.signed()?).filter(|_| known))
        };
        let schedule = Schedule::new(&self.parameters, time()?, time()?);
        let window = Window::restore(reader, &self.scoring.decay, self.parameters.window_points as u32)?;
        Ok(MarketState { window, held, schedule })
    }
}
