//! Everything that needs Postgres or HTTP.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crash;
mod demo;
mod dispatch;
mod http;
mod import;
mod log;
mod log_as_of;
mod log_batch;
mod log_connect;
mod log_entry;
mod log_guarded;
mod log_limits;
mod log_load;
mod log_lock;
mod log_plans;
mod log_race;
mod log_replay;
mod log_restore;
mod log_writers;
mod loss;
mod projection;
mod rebuild;
mod support;
mod vault;
