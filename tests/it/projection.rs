//! The views: what they hold, how they follow, and that a rebuild gives the same.
#![allow(
    clippy::option_option,
    clippy::struct_excessive_bools,
    reason = "the naive search says what was found of what there may not be"
)]
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
