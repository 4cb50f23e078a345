//! Documents as text, for people: tables, and sentences in Dutch.

mod checks;
pub(crate) mod dossier;
pub(crate) mod queue;
pub(crate) mod report;
mod step;
