//! The views built from the log: the queue of each wijk, the dossier of a request, the half-year report.
//!
//! It deliberately does not know how commands are answered or who may read what, and writes nothing to
//! the log: every table here may be dropped and built again.
//! Start at [`Projection`] (what a view is), then [`Runner`] (how it follows the log and is rebuilt), then
//! the three views: [`queue`], [`dossier`] and [`evaluation`].

pub mod document;
pub mod dossier;
pub mod evaluation;
pub mod queue;

mod batch;
mod checkpoint;
mod decoded;
mod error;
mod projection;
mod runner;
mod status;
mod view;

pub use batch::{Batch, Facts};
pub use decoded::Decoded;
pub use error::{ProjectionError, ViewError, WaitError};
pub use projection::{Projection, all};
pub use runner::{Rebuilt, Runner};
pub use status::Status;
