//! What the tests share: a database each, and events to put in it.

pub(crate) mod db;
pub(crate) mod event;
pub(crate) mod proxy;
pub(crate) mod sql;
pub(crate) mod views;
