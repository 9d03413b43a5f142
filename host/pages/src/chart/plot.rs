//! A chart with one scale of values.

use super::WIDTH;
use super::scale::Scale;
use super::svg::{short, write};
use super::time_axis::TimeAxis;
use crate::numbers::escaped;

/// Room above the values, for what is written over the highest.
const TOP: f64 = 14.0;
/// Room below them, for the labels of the axis.
const FOOT: f64 = 20.0;

/// The side of its place on which a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// To the right of it.
    Start,
    Middle,
    /// To the left of it.
    End,
}

impl Anchor {
    /// Returns the side on which a text beside the place `x`, from 0 to 1, stays in the picture.
    pub fn at(x: f64) -> Anchor {
        match x {
            x if x < 0.25 => Anchor::Start,
            x if x > 0.75 => Anchor::End,
            _ => Anchor::Middle,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        }
    }
}

/// A chart that is being drawn. Places on the axis are parts of its width, from 0 to 1.
#[derive(Clone, Debug)]
pub struct Plot {
    /// The text for those who do not see it: the subject, with the result.
    title: String,
    /// Class of the picture.
    class: &'static str,
    height: f64,
    foot: f64,
    scale: Scale,
    /// The parts of fixed size that lie below the rest: grid and bars.
    under: String,
    /// The parts that are stretched: lines and areas.
    stretched: String,
    /// The parts of fixed size that lie above: texts and symbols.
    over: String,
}

impl Plot {
    /// Begins a chart whose values take `height` pixels.
    pub fn new(title: &str, height: f64, scale: Scale) -> Plot {
        let [under, stretched, over] = [const { String::new() }; 3];
        Plot { title: title.to_owned(), class: "plot", height, foot: 2.0, scale, under, stretched, over }
    }

    /// Leaves no room for the labels of values on the left.
    #[must_use]
    pub fn flush(self) -> Plot {
        Plot { class: "plot flush", ..self }
    }

    /// Returns the height of `value` in the picture, in pixels from its top.
    pub fn y(&self, value: f64) -> f64 {
        TOP + self.inner_y(value)
    }

    /// Returns the height of `value` in the inner picture.
    pub fn inner_y(&self, value: f64) -> f64 {
        self.height * (1.0 - self.scale.place(value))
    }

    /// Draws the lines of the scale, each with its text; the line of zero is the stronger one.
    #[must_use]
    pub fn grid(mut self, text: impl Fn(f64) -> String) -> Plot {
        for value in self.scale.lines.clone() {
            let (y, class) = (short(self.y(value)), if value == 0.0 { "axis" } else { "grid" });
            let below = short(self.y(value) + 4.0);
            let label = escaped(&text(value));
            write(&mut self.under, format_args!("<line class=\"{class}\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>"));
            write(&mut self.over, format_args!("<text x=\"-6\" y=\"{below}\" text-anchor=\"end\">{label}</text>"));
        }
        self
    }

    /// Draws the line of zero alone.
    #[must_use]
    pub fn zero(mut self) -> Plot {
        let y = short(self.y(0.0));
        write(&mut self.under, format_args!("<line class=\"axis\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>"));
        self
    }

    /// Writes the labels of an axis of time below.
    #[must_use]
    pub fn times(self, axis: &TimeAxis) -> Plot {
        let mut plot = Plot { foot: FOOT, ..self };
        let (from, to) = (TOP + plot.height, TOP + plot.height + 5.0);
        let text = to + 11.0;
        for (place, label) in axis.labels() {
            let x = percent(place);
            let tick = format_args!("<line class=\"axis\" x1=\"{x}\" x2=\"{x}\" y1=\"{from}\" y2=\"{to}\"/>");
            write(&mut plot.under, tick);
            write(&mut plot.over, format_args!("<text x=\"{x}\" y=\"{text}\" dx=\"3\">{label}</text>"));
        }
        plot
    }

    /// Writes a label below the place `x`.
    pub fn below(&mut self, x: f64, anchor: Anchor, text: &str) {
        self.foot = FOOT;
        let (x, y) = (percent(x), TOP + self.height + 15.0);
        let (anchor, text) = (anchor.as_str(), escaped(text));
        let label = format_args!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>");
        write(&mut self.over, label);
    }

    /// Draws a path of the inner picture in a class.
    pub fn path(&mut self, class: &str, path: &str) {
        if !path.is_empty() {
            write(&mut self.stretched, format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
        }
    }

    /// Draws a bar from zero to `value`, as wide as the part `width`; `hover` is said over it.
    pub fn bar(&mut self, class: &str, (x, width): (f64, f64), value: f64, hover: &str) {
        let (zero, end) = (self.y(0.0), self.y(value));
        let (y, height) = (short(zero.min(end)), short((zero - end).abs().max(0.8)));
        let (x, width, hover) = (percent(x), percent(width), escaped(hover));
        let bar = format_args!(
            "<rect class=\"{class}\" x=\"{x}\" width=\"{width}\" y=\"{y}\" height=\"{height}\">\
             <title>{hover}</title></rect>"
        );
        write(&mut self.under, bar);
    }

    /// Draws bars of one class from zero to their values, as one path: many bars take little room, and say nothing when
    /// pointed at.
    pub fn bars(&mut self, class: &str, bars: &[((f64, f64), f64)]) {
        let mut path = String::new();
        let zero = short(self.inner_y(0.0));
        for ((x, width), value) in bars {
            let (x, width) = (short(x * WIDTH), short(width * WIDTH));
            write(&mut path, format_args!("M{x} {zero}V{}h{width}V{zero}Z", short(self.inner_y(*value))));
        }
        self.path(class, &path);
    }

    /// Draws a level line across, with its text over its end.
    pub fn level(&mut self, class: &str, value: f64, text: &str) {
        let (y, over, text) = (short(self.y(value)), short(self.y(value) - 4.0), escaped(text));
        write(&mut self.under, format_args!("<line class=\"{class}\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>"));
        let said = format_args!("<text class=\"say\" x=\"100%\" y=\"{over}\" text-anchor=\"end\">{text}</text>");
        write(&mut self.over, said);
    }

    /// Draws the symbol `symbol` of the page at a place.
    pub fn symbol(&mut self, symbol: &str, x: f64, value: f64) {
        let (x, y) = (percent(x), short(self.y(value)));
        write(&mut self.over, format_args!("<use href=\"#{symbol}\" x=\"{x}\" y=\"{y}\"/>"));
    }

    /// Writes `text` at a place, `lower` pixels below it.
    pub fn say(&mut self, x: f64, value: f64, lower: f64, anchor: Anchor, text: &str) {
        let (x, y, text) = (percent(x), short(self.y(value) + lower), escaped(text));
        let anchor = anchor.as_str();
        let said = format_args!("<text class=\"say\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>");
        write(&mut self.over, said);
    }

    /// Returns the chart as SVG.
    pub fn finish(self) -> String {
        let Plot { title, class, height, foot, under, stretched, over, .. } = self;
        let (title, whole) = (escaped(&title), TOP + height + foot);
        let inner = match stretched.is_empty() {
            true => String::new(),
            false => format!(
                "<svg y=\"{TOP}\" width=\"100%\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
                 preserveAspectRatio=\"none\" overflow=\"visible\">{stretched}</svg>"
            ),
        };
        format!(
            "<svg class=\"{class}\" width=\"100%\" height=\"{whole}\" role=\"img\" aria-label=\"{title}\">{under}\
             {inner}{over}</svg>"
        )
    }
}

/// Returns a part of the width as a percentage with at most two places.
fn percent(part: f64) -> String {
    format!("{}%", (part * 10_000.0).round() / 100.0 + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> Plot {
        Plot::new("P&L: \"up\"", 100.0, Scale::new(0.0, 10.0, 5.0))
    }

    #[test]
    fn values_stand_where_the_scale_says() {
        assert_eq!([0.0, 5.0, 10.0, 99.0].map(|value| plot().y(value)), [114.0, 64.0, 14.0, 14.0]);
    }

    #[test]
    fn what_is_stretched_lies_between_grid_and_text() {
        let mut plot = plot().grid(|value| format!("<{value}>"));
        plot.path("price", "M0 0L9 9");
        plot.say(0.5, 5.0, -4.0, Anchor::at(0.5), "here & now");
        plot.bar("up", (0.1, 0.2), 5.0, "5 Jan");
        plot.symbol("buy", 0.25, 10.0);
        let drawn = plot.finish();
        let place = |part: &str| drawn.find(part).unwrap_or_else(|| panic!("{part} is not in {drawn}"));
        assert!(place("class=\"axis\"") < place("<rect") && place("<rect") < place("preserveAspectRatio"));
        assert!(place("preserveAspectRatio") < place("here &amp; now") && place("&lt;5&gt;") > place("<path"));
        assert!(drawn.contains("aria-label=\"P&amp;L: &quot;up&quot;\""), "{drawn}");
        assert!(drawn.contains("<use href=\"#buy\" x=\"25%\" y=\"14\"/>"), "{drawn}");
        assert!(drawn.contains("x=\"10%\" width=\"20%\" y=\"64\" height=\"50\""), "{drawn}");
    }

    #[test]
    fn many_bars_are_one_path() {
        let mut plot = plot();
        plot.bars("up", &[((0.0, 0.1), 10.0), ((0.5, 0.1), 5.0)]);
        assert!(plot.finish().contains("<path class=\"up\" d=\"M0 100V0h100V100ZM500 100V50h100V100Z\"/>"));
    }

    #[test]
    fn an_empty_chart_has_its_title() {
        let drawn = plot().zero().finish();
        assert!(drawn.starts_with("<svg class=\"plot\" width=\"100%\" height=\"116\" role=\"img\""), "{drawn}");
    }
}
