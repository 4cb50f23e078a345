//! Reading every event: what cannot be read, and what the registers come to.

use std::collections::BTreeMap;

use eventlog::Recorded;

use super::Folded;
use crate::Decoded;

/// A form of event that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecodable {
    /// The kind.
    pub kind: String,
    /// The schema of that kind.
    pub schema: i32,
    /// Position of the first such event that cannot be read.
    pub first_position: i64,
    /// How many there are.
    pub count: u64,
    /// What is wrong with the first, without anything it says.
    pub error: String,
}

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) undecodable: BTreeMap<(String, i32), Undecodable>,
    pub(super) folded: Folded,
}

impl Reading {
    pub(super) fn read(&mut self, recorded: Recorded) {
        let (kind, schema, position) = (recorded.kind.clone(), recorded.schema, recorded.position);
        match Decoded::read(recorded) {
            Ok(decoded) => self.folded.register(&decoded),
            Err(error) => {
                self.undecodable
                    .entry((kind.clone(), schema))
                    .or_insert_with(|| Undecodable {
                        kind,
                        schema,
                        first_position: position,
                        count: 0,
                        error: error.to_string(),
                    })
                    .count += 1;
            }
        }
    }
}
