//! The mandate register: who may decide what, up to how much, where and when.
//!
//! One stream per tenant, `mandate/register`, because the absence of an entry cannot be guarded
//! otherwise. A mandate here is the power to decide in an organ's name (Awb 10:1), never a citizen
//! who is represented.

mod check;
mod register;

pub use check::{Act, Check, Limits, MandateKind, first_failure};
pub use register::{Command, Entry, Register, Revocation};

#[cfg(test)]
mod tests;
