//! Views of a log: kept up to date, built anew beside the one that serves, and read.
//!
//! It deliberately does not know what events mean, who reads a view or why; it writes nothing to the log,
//! and every table it makes may be dropped and built again.
//! Start at [`Projection`] (what a view is), then [`Runner`] (how it follows the log), then [`Builder`] (how
//! it is built anew), then [`View`] (how it is read).

mod apply;
mod batch;
mod checkpoint;
mod compare;
mod error;
mod fill;
mod followed;
mod lease;
mod live;
mod parking;
mod portion;
mod progress;
mod projection;
mod reader;
mod rebuild;
mod runner;
mod scratch;
mod slot;
mod status;
mod stream;
mod switch;
mod view;

pub use batch::Batch;
pub use checkpoint::{Checkpoint, Key};
pub use compare::{CompareError, Comparison, Row, Side, TableComparison};
pub use error::{OpenError, ProjectionError, ViewError, WaitError};
pub use fill::progress::{Progress, Stage};
pub use parking::{Parked, Poison};
pub use projection::{DecodeError, Projection, Table};
pub use reader::Moment;
pub use rebuild::{Builder, Compared, Rebuild, RebuildError, Rebuilt, WORKERS};
pub use runner::{Pace, Runner};
pub use scratch::{Scratch, ScratchError};
pub use slot::{Slot, UnknownSlot};
pub use status::{State, Status};
pub use stream::StreamRebuilt;
pub use switch::Switched;
pub use view::View;
