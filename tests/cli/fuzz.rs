//! A fixed number of damaged files for every reader of bytes that others wrote: it returns, whatever they are.

#[path = "../fuzz/src/lib.rs"]
mod readers;

use readers::TARGETS;

/// Damaged files for each reader.
const CASES: usize = 100;

/// Numbers of xorshift64, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }
}

/// Values that people and chance put into a field.
const ODD: [&str; 16] = [
    "null",
    "-1",
    "0",
    "1e400",
    "18446744073709551616",
    "-9223372036854775808",
    "9223372036854775807",
    "\"\"",
    "[]",
    "{}",
    "true",
    "\u{1b}[2J",
    "\n",
    "\"=1\"",
    "1.5",
    "NaN",
];

/// Returns `seed` with a few of its bytes, fields or parts changed.
fn damaged(seed: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=chance.below(3) {
        let at = chance.below(bytes.len());
        match chance.below(7) {
            _ if bytes.is_empty() => {}
            0 => bytes[at] ^= 1 << chance.below(8),
            1 => bytes.truncate(at),
            2 => bytes[at] = chance.below(256) as u8,
            3 => drop(bytes.splice(at..(at + 4).min(bytes.len()), [0xff, 0xff, 0xff, 0x7f])),
            4 => drop(bytes.splice(at..at, seed[at.min(seed.len())..].to_vec())),
            _ => {
                // The value behind the next colon, comma or equals sign.
                let marks = |byte: &u8| b":,=".contains(byte);
                let from = at + bytes[at..].iter().position(marks).map_or(0, |found| found + 1);
                let until = from + bytes[from..].iter().position(|byte| b",}]\n".contains(byte)).unwrap_or(0);
                drop(bytes.splice(from..until, ODD[chance.below(ODD.len())].bytes()));
            }
        }
    }
    bytes
}

#[test]
fn damaged_files_are_errors() {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for target in TARGETS {
        let seeds = (target.seeds)();
        // Damage to what is refused anyway reaches no reader.
        assert!(!seeds.is_empty() && seeds.iter().all(|seed| (target.read)(seed)), "{}: seeds", target.name);
        for case in 0..CASES {
            let bytes = damaged(&seeds[case % seeds.len()], &mut chance);
            let read = std::panic::catch_unwind(|| (target.read)(&bytes));
            assert!(read.is_ok(), "{}, case {case}: {:?}", target.name, String::from_utf8_lossy(&bytes));
        }
    }
}
