//! The rules of a request, told as given, when, then.

mod after_the_end;
mod allowed;
mod corrections;
mod deciding;
mod entries;
mod escalation;
mod history;
mod intake;
mod laws;
mod table;
mod texts;
