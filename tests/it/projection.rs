//! The views: what they hold, how they follow, and that a rebuild gives the same.

mod evolved;
mod figures;
mod history;
mod naive;
mod reading;
mod rebuilt;
mod running;
mod statements;
mod world;
