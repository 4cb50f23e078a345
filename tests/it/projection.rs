//! The views: what they hold, how they follow, and that a rebuild gives the same.
#![allow(
    clippy::too_many_lines,
    reason = "a table of figures is read from top to bottom"
)]

mod evolved;
mod figures;
mod history;
mod naive;
mod reading;
mod rebuilt;
mod running;
mod statements;
mod world;
