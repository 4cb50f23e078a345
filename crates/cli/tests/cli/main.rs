//! `wijk` as it is typed: a real process on a real PostgreSQL, what it prints and how it exits.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod area;
mod demo;
mod import;
mod mistakes;
mod privacy;
mod rebuild;
mod support;
