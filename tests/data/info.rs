//! `host data info`: a damaged tape is refused by file name, and a folder that is no tape is left as it is.

use crate::support::environment::{Environment, assert_refused};

#[test]
fn a_folder_that_is_no_tape_is_refused_and_left_as_it_is() {
    let file = |environment: &Environment| drop(environment.write("tape", "mine"));
    let folder = |environment: &Environment| drop(environment.write("tape/mine", "mine"));
    assert_refused(|_| {}, "data info tape", 1, &["tape", "nothing is there", "host data generate"]);
    assert_refused(file, "data info tape", 1, &["it is a file"]);
    assert_refused(folder, "data info tape", 1, &["tape.json"]);
    for make in ["data generate --markets 1 --for 1h --out tape", "data import q.csv --out tape"] {
        let environment = Environment::new();
        folder(&environment);
        environment.write("q.csv", "time,market,bid,ask\n1764842400,A-1,0.4,0.5\n");
        let said = environment.run(make).failure(1);
        assert!(said.contains("something is there already"), "{said}");
        assert_eq!(environment.read("tape/mine"), "mine");
    }
}

#[test]
fn a_damaged_tape_is_refused_with_the_name_of_its_file() {
    let environment = Environment::new();
    environment.run("data generate --markets 2 --for 2d --poll 5m --start 2025-01-01 --out tape").success();
    let day = environment.path("tape/quotes/2025-01-02.parquet");
    let whole = std::fs::read(&day).expect("the second day");
    std::fs::write(&day, &whole[..whole.len() / 2]).expect("cut");
    let said = environment.run("data info tape").failure(1);
    assert!(said.contains("quotes/2025-01-02.parquet` is truncated or damaged"), "{said}");
    std::fs::remove_file(&day).expect("removed");
    let said = environment.run("data info tape").failure(1);
    assert!(said.contains("quotes/2025-01-02.parquet`, which is missing"), "{said}");
}
