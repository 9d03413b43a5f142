//! The time zone database: the host has its own, and the system may have a later one.

use std::path::Path;

use host_monitor::alerts::TIME_ZONE_DATA;
use host_system::capped;

use super::diagnosis::Diagnosis;

/// The database as text on most systems, with its release in the first line: `# version 2025b`.
const SYSTEM: &str = "/usr/share/zoneinfo/tzdata.zi";

/// Looks at both databases.
pub fn look() -> Vec<Diagnosis> {
    let text = capped::read_to_string(Path::new(SYSTEM), capped::SETTINGS).ok();
    let release = text.as_deref().and_then(|text| text.lines().next()?.strip_prefix("# version "));
    vec![judge(release)]
}

/// Judges by the release of the system's database, if that is known.
pub fn judge(system: Option<&str>) -> Diagnosis {
    match system.map(str::trim) {
        // A release is a year and a letter: their order is that of their text.
        Some(system) if system > TIME_ZONE_DATA => Diagnosis::warning(
            "time_zones_old",
            format!("the host has the time zones of {TIME_ZONE_DATA}, and this system those of {system}"),
            "look for a later version of the host, if your zone has changed its clocks since: quiet hours, summaries \
             and schedules go by the host's",
        ),
        Some(system) => Diagnosis::ok("time zones", format!("those of {TIME_ZONE_DATA}; this system has {system}")),
        None => Diagnosis::ok("time zones", format!("those of {TIME_ZONE_DATA}, which the host brings with it")),
    }
}
