//! Tests that `Reader` reads what `Writer` wrote, and that damage is an error.

use strategy_sdk::harness::Random;
use strategy_sdk::{Reader, Writer};

#[test]
fn numbers_survive_a_round_trip() {
    let mut random = Random(3);
    let edges = [0, 1, 127, 128, u64::MAX, 1 << 63];
    for number in edges.into_iter().chain((0..2_000).map(|bits| random.bits() >> (bits % 64))) {
        let float = f64::from_bits(number);
        let mut writer = Writer::new();
        writer.unsigned(number);
        writer.signed(number as i64);
        writer.float(float);
        let payload = writer.finish();
        let mut reader = Reader::new(&payload);
        assert_eq!(reader.unsigned(), Ok(number));
        assert_eq!(reader.signed(), Ok(number as i64));
        assert_eq!(reader.float().map(f64::to_bits), Ok(number));
        assert_eq!(reader.finish(), Ok(()));
        for cut in 0..payload.len() {
            let mut reader = Reader::new(&payload[..cut]);
            let all = reader.unsigned().and_then(|_| reader.signed()).and_then(|_| reader.float());
            assert!(all.is_err(), "{cut} of {} bytes", payload.len());
        }
    }
}

#[test]
fn texts_survive_a_round_trip() {
    let mut writer = Writer::new();
    ["", "RATE", "\u{2713} yes"].into_iter().for_each(|text| writer.text(text));
    let payload = writer.finish();
    let read = |payload: &[u8]| -> Result<Vec<String>, String> {
        let mut reader = Reader::new(payload);
        let texts = (0..3).map(|_| reader.text()).collect::<Result<_, _>>()?;
        reader.finish().map(|()| texts)
    };
    assert_eq!(read(&payload).unwrap(), ["", "RATE", "\u{2713} yes"]);
    (0..payload.len()).for_each(|cut| drop(read(&payload[..cut]).unwrap_err()));
}

#[test]
fn damage_is_an_error() {
    assert!(Reader::new(&[1, 0xff]).text().unwrap_err().contains("holds a text that is none"));
    assert!(Reader::new(&[0xff; 11]).unsigned().unwrap_err().contains("too large"));
    assert!(Reader::new(&[9]).at_most(8).unwrap_err().contains("holds 9 where at most 8"));
    assert!(Reader::new(&[9]).finish().unwrap_err().contains("1 bytes too many"));
}
