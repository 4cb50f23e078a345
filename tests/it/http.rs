//! The API over real sockets and a real database, as its users meet it.

mod edge;
mod flow;
mod input;
mod race;
mod who;
pub(crate) mod world;
