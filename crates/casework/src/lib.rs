//! The rules of deciding for a neighbourhood: pure aggregates, their commands, events and refusals.
//!
//! It deliberately knows no async, no SQL, no clock and no randomness: time, ids and what other
//! streams say arrive inside the command.
//! Start at [`request`] (the aggregate everything turns on), then [`mandate`] (who may decide what),
//! then [`stored`] (how events are written down and read back for ever).

pub mod actor;
pub mod area;
pub mod day;
pub mod decision;
pub mod domain;
pub mod event;
#[cfg(test)]
mod fixture;
pub mod id;
pub mod mandate;
pub mod money;
pub mod norm;
pub mod person;
pub mod refusal;
pub mod request;
pub mod stored;
pub mod text;
pub mod wijk;

pub use actor::{Actor, By, Function};
pub use decision::Decision;
pub use domain::{Channel, Domain};
pub use event::Event;
pub use id::{MandateId, PersonId, RequestId, StaffId};
pub use money::Cents;
pub use refusal::Refusal;
pub use text::Text;
pub use wijk::{Placement, WijkCode, WijkSource};
