//! Ids that follow from the records: the same file again gives the same ids, another tenant others.

use aws_lc_rs::{digest, hmac};
use casework::{RequestId, StaffId, WijkCode};
use uuid::Uuid;

use crate::record::Attributes;

/// The tenant's secret for ids of imported records. Without it no id can be guessed from a record.
pub struct ImportKey(hmac::Key);

/// What tells a record from the others of its case.
#[derive(Debug, Clone, Copy)]
pub enum RecordKey<'a> {
    /// Its own id at the source.
    Native(&'a str),
    /// All its columns, where it has no id.
    Columns(&'a Attributes),
    /// The case itself.
    Case,
}

/// Length-prefixed parts: no two lists of parts have the same bytes.
#[derive(Default)]
pub(crate) struct Parts(Vec<u8>);

impl Parts {
    pub(crate) fn of(domain: &str) -> Self {
        Self::default().text(domain)
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.extend_from_slice(&(text.len() as u64).to_be_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn record(self, key: RecordKey<'_>) -> Self {
        match key {
            RecordKey::Native(id) => self.number(0).text(id),
            RecordKey::Columns(columns) => {
                let all = columns.iter();
                let start = self.number(1).number(all.len() as u64);
                all.fold(start, |parts, (name, value)| parts.text(name).text(value))
            }
            RecordKey::Case => self.number(2),
        }
    }
}

impl ImportKey {
    /// Takes the tenant's secret.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    fn tag(&self, parts: &Parts) -> [u8; 32] {
        let mut tag = [0; 32];
        tag.copy_from_slice(hmac::sign(&self.0, parts.bytes()).as_ref());
        tag
    }

    fn uuid(&self, parts: &Parts) -> Uuid {
        let mut half = [0; 16];
        half.copy_from_slice(&self.tag(parts)[..16]);
        Uuid::new_v8(half)
    }

    /// The id of the request that a case becomes.
    pub fn request(&self, source: &str, case: &str) -> RequestId {
        RequestId(self.uuid(&Parts::of("wijk-import-request-v1").text(source).text(case)))
    }

    /// The id of the event for one fact of one record.
    ///
    /// `occurrence` counts from 1 among the records of the case that have the same key.
    pub fn event(
        &self,
        source: &str,
        case: &str,
        record: RecordKey<'_>,
        occurrence: u64,
        fact: &str,
    ) -> Uuid {
        let parts = Parts::of("wijk-import-event-v1")
            .text(source)
            .text(case)
            .record(record)
            .number(occurrence)
            .text(fact);
        self.uuid(&parts)
    }

    /// What marks identical records of a case; for counting them only.
    pub(crate) fn record_tag(&self, record: RecordKey<'_>) -> [u8; 32] {
        self.tag(&Parts::of("wijk-import-record-v1").record(record))
    }

    /// The id of an append, from the request and the events it brings: a repeat is recognised.
    pub fn command(&self, request: RequestId, events: impl IntoIterator<Item = Uuid>) -> Uuid {
        let start = Parts::of("wijk-import-command-v1").text(&request.to_string());
        self.uuid(
            &events
                .into_iter()
                .fold(start, |parts, id| parts.text(&id.to_string())),
        )
    }

    /// The id of the command that states something of a register.
    pub fn stated(&self, what: &str) -> Uuid {
        self.uuid(&Parts::of("wijk-import-stated-v1").text(what))
    }

    /// The id of the nth correction of an event.
    pub fn correction(&self, event: Uuid, nth: u64) -> Uuid {
        let parts = Parts::of("wijk-import-correction-v1").text(&event.to_string());
        self.uuid(&parts.number(nth))
    }

    /// What tells a repeated append from another one with its id.
    pub fn fingerprint(&self, parts: impl IntoIterator<Item = String>) -> [u8; 32] {
        let start = Parts::of("wijk-import-fingerprint-v1");
        self.tag(&parts.into_iter().fold(start, |all, part| all.text(&part)))
    }

    /// A pseudonym for someone a source names: the same one for the same words.
    ///
    /// # Panics
    /// Never: hexadecimal digits are a staff id.
    pub fn pseudonym(&self, source: &str, words: &str) -> StaffId {
        let tag = self.tag(&Parts::of("wijk-import-staff-v1").text(source).text(words));
        let mut half = [0; 16];
        half.copy_from_slice(&tag[..16]);
        let hex = format!("{:032x}", u128::from_be_bytes(half));
        StaffId::new(&format!("p-{}", &hex[..20])).expect("hexadecimal digits are a staff id")
    }
}

/// Picks a wijk for a case that does not say its own: the same one for the same case and list.
///
/// The list has to be sorted and without repetitions. No key is used, so that two tenants that hold the
/// same source side by side agree. None when the list is empty.
pub fn derived_wijk<'a>(source: &str, case: &str, wijken: &'a [WijkCode]) -> Option<&'a WijkCode> {
    let parts = Parts::of("wijk-import-wijk-v1").text(source).text(case);
    let hash = digest::digest(&digest::SHA256, parts.bytes());
    let mut eight = [0; 8];
    eight.copy_from_slice(&hash.as_ref()[..8]);
    let count = u64::try_from(wijken.len())
        .ok()
        .filter(|count| *count > 0)?;
    wijken.get(usize::try_from(u64::from_be_bytes(eight) % count).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(pairs: &[(&str, &str)]) -> Attributes {
        let mut attributes = Attributes::default();
        for (name, value) in pairs {
            attributes.push(name, (*value).to_owned());
        }
        attributes
    }

    #[test]
    fn an_id_follows_from_every_part_of_its_key_and_from_nothing_else() {
        let key = ImportKey::new(&[7; 32]);
        let one = columns(&[("a", "1"), ("b", "2")]);
        let id = key.event("s", "c", RecordKey::Columns(&one), 1, "decided");
        assert_eq!(id.get_version_num(), 8);
        assert_eq!(
            id,
            ImportKey::new(&[7; 32]).event(
                "s",
                "c",
                RecordKey::Columns(&columns(&[("b", "2"), ("a", "1")])),
                1,
                "decided"
            )
        );
        let others = [
            ImportKey::new(&[8; 32]).event("s", "c", RecordKey::Columns(&one), 1, "decided"),
            key.event("t", "c", RecordKey::Columns(&one), 1, "decided"),
            key.event("s", "d", RecordKey::Columns(&one), 1, "decided"),
            key.event(
                "s",
                "c",
                RecordKey::Columns(&columns(&[("a", "1"), ("b", "3")])),
                1,
                "decided",
            ),
            key.event(
                "s",
                "c",
                RecordKey::Columns(&columns(&[("a", "1b"), ("", "2")])),
                1,
                "decided",
            ),
            key.event("s", "c", RecordKey::Native("a1b2"), 1, "decided"),
            key.event("s", "c", RecordKey::Case, 1, "decided"),
            key.event("s", "c", RecordKey::Columns(&one), 2, "decided"),
            key.event("s", "c", RecordKey::Columns(&one), 1, "escalated"),
        ];
        for (nth, other) in others.iter().enumerate() {
            assert_ne!(&id, other, "{nth}");
        }
    }

    #[test]
    fn ids_are_those_of_version_1_for_ever() {
        let key = ImportKey::new(&[1; 32]);
        // Made by a second implementation, in Python.
        let columns = columns(&[("a", "1"), ("b", "2")]);
        for (record, id) in [
            (
                RecordKey::Native("task-1"),
                "bb92f995-0456-8059-b471-5bd434689569",
            ),
            (
                RecordKey::Columns(&columns),
                "adcf2dfc-27ef-85bb-9242-67d2013ccc30",
            ),
            (RecordKey::Case, "71ac36e7-708c-8cfa-ba68-d41efb2dd4a6"),
        ] {
            assert_eq!(
                key.event("receipt", "case-1", record, 1, "submitted")
                    .to_string(),
                id
            );
        }
        assert_eq!(
            key.request("receipt", "case-1").to_string(),
            "48e1343d-a1ed-876f-9221-8d647c5e1dd2"
        );
    }

    #[test]
    fn a_derived_wijk_is_the_same_each_time_and_all_wijken_get_their_share() {
        let wijken: Vec<WijkCode> = (1..=4)
            .map(|n| WijkCode::new(&format!("WK99990{n}")).unwrap())
            .collect();
        let mut counts = [0; 4];
        for case in 0..1000 {
            let wijk = derived_wijk("s", &format!("case-{case}"), &wijken).unwrap();
            assert_eq!(
                Some(wijk),
                derived_wijk("s", &format!("case-{case}"), &wijken)
            );
            counts[wijken.iter().position(|known| known == wijk).unwrap()] += 1;
        }
        assert!(
            counts.iter().all(|count| (200..300).contains(count)),
            "{counts:?}"
        );
        assert_eq!(derived_wijk("s", "c", &[]), None);
    }
}
