//! The link to the venue: up, or down with the reason.

use host_venues::error::ReadError;

/// A change of the link that people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkChange {
    Up,
    Down(String),
}

/// The state of the link, as the last answer showed it.
#[derive(Debug, Default)]
pub struct VenueLink {
    down: Option<String>,
}

impl VenueLink {
    /// Takes note of an answer to a read. Returns what it brought, and the change of the link if there was one: a venue
    /// that stays down is told once.
    pub fn note<T>(&mut self, answer: Result<T, ReadError>) -> (Option<T>, Option<LinkChange>) {
        match answer {
            Ok(answer) => (Some(answer), self.down.take().map(|_| LinkChange::Up)),
            Err(error) => {
                let text = error.to_string();
                let was_up = self.down.replace(text.clone()).is_none();
                (None, was_up.then_some(LinkChange::Down(text)))
            }
        }
    }

    /// Returns `up`, or the reason why the venue does not answer.
    pub fn state(&self) -> &str {
        self.down.as_deref().unwrap_or("up")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_venue_that_stays_down_is_told_once_and_its_return_once() {
        let mut link = VenueLink::default();
        let error =
            || ReadError::Unreachable { request: "a list".to_owned(), reason: "no route".to_owned(), attempts: 3 };
        let (down, text) = (|| Err(error()), error().to_string());
        assert_eq!(link.note(Ok(1)), (Some(1), None));
        assert_eq!(link.note::<u8>(down()), (None, Some(LinkChange::Down(text.clone()))));
        assert_eq!(link.note::<u8>(down()), (None, None));
        assert_eq!(link.state(), text);
        assert_eq!(link.note(Ok(2)), (Some(2), Some(LinkChange::Up)));
        assert_eq!(link.note(Ok(3)), (Some(3), None));
        assert_eq!(link.state(), "up");
    }
}
