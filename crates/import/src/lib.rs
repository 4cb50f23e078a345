//! Real records of other systems, brought into the log as facts through a mapping file.
//!
//! It deliberately knows no HTTP and no rule of deciding: facts are kept as facts, whatever their order,
//! and what cannot be mapped is counted and listed.
//! Start at [`prepare()`] (the pass that reads and checks a file), then [`mapping`] (what records mean), then
//! [`facts`] (from the records of a case to its events) and [`Prepared::append`] (the pass that writes them).

mod append;
pub mod commands;
pub mod facts;
pub mod ids;
mod input;
pub mod mapping;
pub mod prepare;
pub mod read;
pub mod record;
pub mod report;
pub mod spool;
pub mod times;

pub use append::{Choices, Destination, ImportError};
pub use commands::{CommandReport, CommandsError, StatedRegister};
pub use mapping::{Mapping, MappingError};
pub use prepare::{Options, Prepared, Progress, prepare};
pub use read::ReadError;
pub use report::Report;
