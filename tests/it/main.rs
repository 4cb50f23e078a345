//! Everything that needs Postgres or HTTP.

mod dispatch;
mod log;
mod log_lock;
mod log_writers;
mod support;
mod vault;
