//! Views built anew: beside the one that serves, as of a position, stream by stream, and on trial.

mod as_of;
mod compared;
mod guarded;
mod history_laws;
mod interrupted;
mod other_queue;
mod readers;
mod switched;
mod town;
mod trial;
