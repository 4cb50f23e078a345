//! Real servers, in processes that end in every way a process can.

#![allow(clippy::unwrap_used, reason = "a test may panic, also in its helpers")]

mod killing;
mod sharing;
mod support;
mod trouble;
