//! The text format of Prometheus, version 0.0.4.
//!
//! Source: "Exposition formats", prometheus.io.

use std::fmt::Write as _;

use host_core::foreign;

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MetricKind {
    /// Goes up and down.
    Gauge,
    /// Only grows, until the host starts again. Its name ends in `_total`.
    Counter,
}

/// The labels of a sample: names and values.
pub(super) type Labels<'a> = Vec<(&'static str, &'a str)>;

/// The text of a page.
#[derive(Debug)]
pub(super) struct Exposition<'a> {
    text: String,
    /// Labels of all samples.
    common: Labels<'a>,
}

impl<'a> Exposition<'a> {
    pub fn new(common: Labels<'a>) -> Exposition<'a> {
        Exposition { text: String::new(), common }
    }

    /// Adds a metric with its samples. One without samples is not known, and left out.
    pub fn add<'b>(
        &mut self,
        name: &str,
        kind: MetricKind,
        help: &str,
        samples: impl IntoIterator<Item = (Labels<'b>, f64)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        let kind = match kind {
            MetricKind::Gauge => "gauge",
            MetricKind::Counter => "counter",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let all = self.common.iter().chain(&labels);
            let labels: Vec<String> = all.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
            let _ = writeln!(self.text, "{name}{{{}}} {}", labels.join(","), shown(value));
        }
    }

    /// Adds a metric of one sample, if it is known.
    pub fn add_one(&mut self, name: &str, kind: MetricKind, help: &str, value: impl Into<Option<f64>>) {
        self.add(name, kind, help, value.into().map(|value| (Vec::new(), value)));
    }

    pub fn into_text(self) -> String {
        self.text
    }
}

/// Returns the value of a label as it stands between quotes.
fn escaped(value: &str) -> String {
    foreign::line(value, foreign::CELL).replace('\\', "\\\\").replace('"', "\\\"")
}

/// Returns a value as the format writes it.
fn shown(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_unknown_metrics_left_out() {
        let mut page = Exposition::new(vec![("account", "a\"b\\c\nd")]);
        page.add_one("host_x", MetricKind::Gauge, "X.", f64::NAN);
        page.add_one("host_unknown", MetricKind::Gauge, "Unknown.", None);
        page.add(
            "host_y_total",
            MetricKind::Counter,
            "Y.",
            [(vec![("code", "one")], 0.25), (vec![("code", "two")], 1e20)],
        );
        let expect = "# HELP host_x X.\n# TYPE host_x gauge\nhost_x{account=\"a\\\"b\\\\c\\\\nd\"} NaN\n\
            # HELP host_y_total Y.\n# TYPE host_y_total counter\n\
            host_y_total{account=\"a\\\"b\\\\c\\\\nd\",code=\"one\"} 0.25\n\
            host_y_total{account=\"a\\\"b\\\\c\\\\nd\",code=\"two\"} 100000000000000000000\n";
        assert_eq!(page.into_text(), expect);
    }
}
