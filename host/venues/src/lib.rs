//! Clients of trading venues.
