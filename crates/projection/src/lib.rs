//! Views of a log: kept up to date, built anew beside the one that serves, and read.
//!
//! It deliberately does not know what events mean, who reads a view or why; it writes nothing to the log,
//! and every table it makes may be dropped and built again.
//! Start at [`Projection`] (what a view is), then [`Runner`] (how it follows the log), then [`View`] (how
//! it is read).

mod batch;
mod checkpoint;
mod error;
mod projection;
mod slot;
mod view;

pub use batch::Batch;
pub use checkpoint::{Checkpoint, Key};
pub use error::{OpenError, ViewError, WaitError};
pub use projection::{DecodeError, Projection, Table};
pub use slot::Slot;
pub use view::View;
