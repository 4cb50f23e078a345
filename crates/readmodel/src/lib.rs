//! The views built from the log: the queue of each wijk, the dossier of a request, the half-year report.
//!
//! It deliberately does not know how commands are answered or who may read what, nor how views follow the
//! log, which is `projection`'s; every table here may be dropped and built again.
//! Start at [`all`] (what there is), then [`Decoded`] (what a view gets), then the views ([`queue`],
//! [`dossier`], [`evaluation`]), and [`AsOf`] and [`trial`], which make them again.

pub mod document;
pub mod dossier;
pub mod evaluation;
pub mod queue;
pub mod trial;

mod as_of;
mod decoded;
mod facts;
mod projection;

pub use as_of::{AsOf, AsOfError, InvalidWhen, When};
pub use decoded::Decoded;
pub(crate) use facts::Requests;
pub use projection::{Runner, all, open_runner};
