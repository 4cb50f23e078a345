//! The views: what they hold, how they follow, and that a rebuild gives the same.
#![allow(
    clippy::too_many_lines,
    reason = "a table of figures is read from top to bottom"
)]

mod beside;
mod evolved;
mod faulty;
mod figures;
pub(crate) mod history;
mod naive;
mod parked;
mod reading;
mod rebuilt;
mod restarts;
mod running;
mod served;
mod statements;
mod turns;
mod world;
