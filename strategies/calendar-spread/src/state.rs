//! Saves and restores the strategy's state, so that a restart, or a newer version, goes on where it stopped.

use strategy_sdk::{Reader, Stateful, Writer};

use crate::pairing::Pairing;
use crate::spread::Spread;
use crate::{CalendarSpread, Leg, Pair, PositionSide};

/// Largest number of pairs in a saved state, far more than any run has. Without it a damaged state could ask for
/// unlimited memory.
const MAX_PAIRS: u64 = 1 << 24;

impl Stateful for CalendarSpread {
    const STATE_VERSION: u32 = 1;

    fn save(&self) -> Result<Vec<u8>, String> {
        let mut writer = Writer::new();
        writer.unsigned(self.pairs.len() as u64);
        for Pair { legs, spread, score, target } in &self.pairs {
            for Leg { event_time, mid, time, held } in legs {
                writer.signed(*event_time);
                writer.float(*mid);
                writer.signed(*time);
                save_side(&mut writer, *held);
            }
            spread.save(&mut writer);
            writer.float(*score);
            save_side(&mut writer, *target);
        }
        self.pairing.save(&mut writer);
        Ok(writer.finish())
    }

    fn restore(&mut self, _version: u32, payload: &[u8]) -> Result<(), String> {
        let mut reader = Reader::new(payload);
        let count = reader.at_most(MAX_PAIRS)?;
        let pairs: Vec<Pair> = (0..count).map(|_| restore_pair(&mut reader)).collect::<Result<_, _>>()?;
        let pairing = Pairing::restore(&mut reader, pairs.len())?;
        reader.finish()?;
        (self.pairs, self.pairing) = (pairs, pairing);
        Ok(())
    }
}

fn save_side(writer: &mut Writer, side: PositionSide) {
    writer.unsigned(match side {
        PositionSide::Flat => 0,
        PositionSide::Long => 1,
        PositionSide::Short => 2,
    });
}

fn restore_side(reader: &mut Reader<'_>) -> Result<PositionSide, String> {
    Ok(match reader.at_most(2)? {
        0 => PositionSide::Flat,
        1 => PositionSide::Long,
        _ => PositionSide::Short,
    })
}

fn restore_pair(reader: &mut Reader<'_>) -> Result<Pair, String> {
    let mut leg = || -> Result<Leg, String> {
        let (event_time, mid, time) = (reader.signed()?, reader.float()?, reader.signed()?);
        Ok(Leg { event_time, mid, time, held: restore_side(reader)? })
    };
    let legs = [leg()?, leg()?];
    let spread = Spread::restore(reader)?;
    Ok(Pair { legs, spread, score: reader.float()?, target: restore_side(reader)? })
}
