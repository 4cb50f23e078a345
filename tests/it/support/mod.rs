//! What the tests share: a database each, and events to put in it.

pub mod db;
pub mod event;
pub mod sql;
