//! The lines that strategies draw over prices, kept beside a run without touching it.
//!
//! The instance that trades is never asked: after a trap nobody can enter its store again, so a mistake in a chart
//! would end its trading, and a call that changes the strategy would change its decisions. Instead a [`twin`] of it,
//! started alike, is shown the same batches on a thread of its own and asked there. A fault of the twin ends the lines
//! and nothing else, replays and journals know nothing of it, and a strategy without a `chart` interface costs nothing.
//!
//! What is kept is bounded however long a run is: [`series`] grow coarser with time, and the [`board`] has room for a
//! limited number of markets, first of all for those with signals. A live host draws on a [`Canvas`] of its own.

mod board;
mod choice;
mod drawing;
mod followed;
mod series;
mod twin;

use std::path::Path;
use std::thread::JoinHandle;

use host_core::{Market, Strategy, Timestamp};
use host_sandbox::{Settings, StrategyComponent};
use host_store::lines::{self, LinesError};

pub use self::choice::Choice;
use self::drawing::Drawing;
use self::followed::Followed;
use self::twin::Drawer;
pub use self::twin::{Canvas, End};

/// Number of batches that the twin of a run may lie behind: then the run waits for it.
const MOST_BEHIND: usize = 16;

/// The patience of a strategy with its twin.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Rows from this time on never wait.
    pub unwaited_from: Timestamp,
    /// Number of batches that the twin may lie behind.
    pub most_behind: usize,
}

/// The lines that are being drawn in a run, by slot.
#[derive(Debug, Default)]
pub struct Lines {
    drawn: Vec<(String, JoinHandle<Drawing>)>,
}

/// Returns `trading`, an instance of `component`, followed by a twin that draws on `canvas`, and the twin's thread, or
/// the reason why there is none. One that is not waited for and cannot keep up has a gap in its lines until the
/// strategy saves its state the next time, or ends if it has none.
pub fn follow<C: Canvas>(
    (component, settings): (&StrategyComponent, &Settings),
    trading: Box<dyn Strategy>,
    canvas: C,
    Patience { unwaited_from, most_behind }: Patience,
) -> (Box<dyn Strategy>, Result<JoinHandle<C>, String>) {
    // What the twin logs was logged by the instance that trades.
    let component = component.without_log();
    let twin = match component.start(settings) {
        Ok(twin) => twin,
        Err(error) => return (trading, Err(error.to_string())),
    };
    let drawer = Drawer { component, settings: settings.clone(), canvas };
    match twin::spawn(twin, drawer, most_behind) {
        Ok((way, thread)) => (Box::new(Followed::new(trading, way, unwaited_from)), Ok(thread)),
        Err(error) => (trading, Err(error.to_string())),
    }
}

impl Lines {
    /// Returns `trading`, an instance of `component` in `slot`, followed by a twin if the strategy draws lines.
    pub(crate) fn follow(
        &mut self,
        slot: &str,
        (component, settings): (&StrategyComponent, &Settings),
        trading: Box<dyn Strategy>,
    ) -> Box<dyn Strategy> {
        if !component.has_chart() {
            return trading;
        }
        // Nothing is urgent in such a run: its lines are whole.
        let patience = Patience { unwaited_from: Timestamp(i64::MAX), most_behind: MOST_BEHIND };
        let (followed, thread) = follow((component, settings), trading, Drawing::new(), patience);
        self.drawn.extend(thread.ok().map(|thread| (slot.to_owned(), thread)));
        followed
    }

    /// Waits for the end of all lines, which comes soon after that of their strategies, and writes them to the run's
    /// folder `folder`. Returns a note for each that ended early.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub(crate) fn keep(self, folder: &Path, markets: &[Market]) -> Result<Vec<String>, LinesError> {
        let mut notes = Vec::new();
        let mut drawings = Vec::new();
        for (slot, thread) in self.drawn {
            let Ok(drawing) = thread.join() else { continue };
            let failure = drawing.failure.as_ref();
            notes.extend(failure.map(|failure| format!("the lines of `{slot}` end early: {failure}")));
            drawings.push((slot, drawing.finish()));
        }
        let points = drawings.iter().flat_map(|(slot, drawn)| drawn.points(slot, markets));
        let mut points = points.peekable();
        if points.peek().is_some() {
            lines::write(folder, points)?;
        }
        Ok(notes)
    }
}
