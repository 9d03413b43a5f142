//! Compares the strategies of a run with those that are to trade: components and parameters.

use host_store::journal::StrategyInfo;

/// Length of a digest as it is shown.
const SHOWN: usize = 12;

/// Returns what differs between the strategies `wanted` and those that `ran`, in words; nothing if they are the same.
pub fn differences(wanted: &[StrategyInfo], ran: &[StrategyInfo]) -> Vec<String> {
    let mut found = Vec::new();
    for strategy in wanted {
        match ran.iter().find(|other| other.name == strategy.name) {
            None => found.push(format!("{} did not run in it", strategy.name)),
            Some(other) => add_differences(strategy, other, &mut found),
        }
    }
    let others = ran.iter().filter(|other| !wanted.iter().any(|strategy| strategy.name == other.name));
    found.extend(others.map(|other| format!("{} ran in it as well", other.name)));
    found
}

fn add_differences(strategy: &StrategyInfo, ran: &StrategyInfo, found: &mut Vec<String>) {
    let name = &strategy.name;
    if strategy.sha256 != ran.sha256 {
        let shown =
            |one: &StrategyInfo| format!("{} (sha256 {})", one.version, one.sha256.get(..SHOWN).unwrap_or(&one.sha256));
        found.push(format!("{name} {} ran in it, not {}", shown(ran), shown(strategy)));
    }
    let names =
        strategy.parameters.keys().chain(ran.parameters.keys().filter(|key| !strategy.parameters.contains_key(*key)));
    for key in names {
        let [own, other] = [strategy, ran].map(|one| one.parameters.get(key));
        if own != other {
            let shown = |value: Option<&host_core::strategy::ParameterValue>| {
                value.map_or_else(|| "none".to_owned(), ToString::to_string)
            };
            found.push(format!("{name}.{key} was {} in it, not {}", shown(other), shown(own)));
        }
    }
}

#[cfg(test)]
mod tests {
    use host_core::SlotId;
    use host_core::strategy::ParameterValue;

    use super::*;

    fn strategy(name: &str, sha256: &str, threshold: f64) -> StrategyInfo {
        StrategyInfo {
            slot: SlotId(0),
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            sha256: sha256.repeat(32),
            parameters: [("threshold".to_owned(), ParameterValue::Number(threshold))].into(),
        }
    }

    #[test]
    fn only_the_same_component_with_the_same_parameters_is_the_same() {
        let own = [strategy("m", "aa", 1.5)];
        let check = |ran: &[StrategyInfo], expect: &[&str]| assert_eq!(differences(&own, ran), expect, "{ran:?}");
        check(&own, &[]);
        check(&[StrategyInfo { slot: SlotId(3), ..strategy("m", "aa", 1.5) }], &[]);
        check(&[strategy("m", "aa", 1.3)], &["m.threshold was 1.3 in it, not 1.5"]);
        check(
            &[strategy("m", "bb", 1.5)],
            &["m 0.1.0 (sha256 bbbbbbbbbbbb) ran in it, not 0.1.0 (sha256 aaaaaaaaaaaa)"],
        );
        check(&[], &["m did not run in it"]);
        check(&[strategy("m", "aa", 1.5), strategy("n", "aa", 1.5)], &["n ran in it as well"]);
        let none = StrategyInfo { parameters: [].into(), ..strategy("m", "aa", 1.5) };
        check(&[none], &["m.threshold was none in it, not 1.5"]);
    }
}
