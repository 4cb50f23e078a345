//! Records as bytes: lengths and values one after another, in the machine's own process only.

use std::sync::Arc;

use super::SpoolError;
use super::chunks::{RunReader, RunWriter};
use crate::record::{Attributes, Place, Record};

const SAME_CASE_ATTRIBUTES: u8 = 1;
const HAS_EVENT: u8 = 2;

/// Writes records; what is known of the case is written once for neighbours that share it.
#[derive(Default)]
pub(super) struct Writer {
    known: Arc<Attributes>,
    bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn write(
        &mut self,
        record: &Record,
        to: &mut RunWriter<'_>,
    ) -> Result<(), SpoolError> {
        self.bytes.clear();
        let same = self.known == record.case_attributes;
        let mut flags = 0;
        if same {
            flags |= SAME_CASE_ATTRIBUTES;
        }
        if record.attributes.is_some() {
            flags |= HAS_EVENT;
        }
        let (unit, at) = record.place.split();
        self.bytes.push(flags);
        self.bytes.push(unit);
        self.bytes.extend_from_slice(&at.to_le_bytes());
        self.bytes.extend_from_slice(&record.order.to_le_bytes());
        self.text(&record.case);
        if !same {
            self.attributes(&record.case_attributes);
            self.known = Arc::clone(&record.case_attributes);
        }
        if let Some(attributes) = &record.attributes {
            self.attributes(attributes);
        }
        to.write(&self.bytes)
    }

    fn attributes(&mut self, attributes: &Attributes) {
        let all = attributes.iter();
        self.bytes
            .extend_from_slice(&(all.len() as u64).to_le_bytes());
        for (name, value) in all {
            self.text(name);
            self.text(value);
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes
            .extend_from_slice(&(text.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

/// Reads what [`Writer`] wrote.
pub(super) struct Reader {
    run: RunReader,
    known: Arc<Attributes>,
}

impl Reader {
    pub(super) fn new(run: RunReader) -> Self {
        Self {
            run,
            known: Arc::default(),
        }
    }

    pub(super) fn read(&mut self) -> Result<Option<Record>, SpoolError> {
        if self.run.is_done() {
            return Ok(None);
        }
        let mut head = [0; 2];
        self.run.read(&mut head)?;
        let [flags, unit] = head;
        let place = Place::join(unit, self.number()?);
        let order = self.number()?;
        let case = self.text()?;
        if flags & SAME_CASE_ATTRIBUTES == 0 {
            self.known = Arc::new(self.attributes()?);
        }
        let attributes = if flags & HAS_EVENT == 0 {
            None
        } else {
            Some(self.attributes()?)
        };
        Ok(Some(Record {
            case,
            order,
            place,
            case_attributes: Arc::clone(&self.known),
            attributes,
        }))
    }

    fn number(&mut self) -> Result<u64, SpoolError> {
        let mut bytes = [0; 8];
        self.run.read(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn attributes(&mut self) -> Result<Attributes, SpoolError> {
        let count = self.number()?;
        let mut attributes = Attributes::default();
        for _ in 0..count {
            let name = self.text()?;
            let value = self.text()?;
            attributes.push(&name, value);
        }
        Ok(attributes)
    }

    fn text(&mut self) -> Result<String, SpoolError> {
        let length = usize::try_from(self.number()?).map_err(|_| SpoolError::Altered)?;
        let mut bytes = vec![0; length];
        self.run.read(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| SpoolError::Altered)
    }
}
