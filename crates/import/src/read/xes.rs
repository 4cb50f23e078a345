//! XES: traces of events, read tag by tag.

use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{ReadError, Sink};
use crate::input::Input;
use crate::record::{Attributes, Column, Place, Record};

/// Attributes may hold attributes; deeper than this is no log of anybody's.
const DEPTH_MAX: usize = 32;

/// Where the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Log,
    Trace,
    Event,
    End,
}

struct Xes<'a> {
    case: &'a Column,
    sink: Sink<'a>,
    at: At,
    /// How many tags deep in something that holds no records, such as the log's own attributes.
    skipping: usize,
    /// The names of the attributes that are open around the next one.
    path: Vec<String>,
    trace: Arc<Attributes>,
    trace_byte: u64,
    trace_events: u64,
    event: Attributes,
    event_byte: u64,
    order: u64,
}

pub(super) fn read(input: Input, case: &Column, sink: Sink<'_>) -> Result<(), ReadError> {
    let budget = input.budget();
    let mut reader = Reader::from_reader(input);
    let mut xes = Xes {
        case,
        sink,
        at: At::Start,
        skipping: 0,
        path: Vec::new(),
        trace: Arc::default(),
        trace_byte: 0,
        trace_events: 0,
        event: Attributes::default(),
        event_byte: 0,
        order: 0,
    };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        budget.refill();
        let start = reader.buffer_position();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(tag)) => xes.open(&tag, start, false)?,
            Ok(Event::Empty(tag)) => xes.open(&tag, start, true)?,
            Ok(Event::End(_)) => xes.close()?,
            Ok(Event::Eof) => return xes.finish(reader.buffer_position()),
            Ok(_) => {}
            Err(error) => {
                return Err(xes.broken(error, reader.error_position(), reader.buffer_position()));
            }
        }
    }
}

impl Xes<'_> {
    fn open(&mut self, tag: &BytesStart<'_>, byte: u64, empty: bool) -> Result<(), ReadError> {
        if self.skipping > 0 {
            self.skipping += usize::from(!empty);
            return Ok(());
        }
        let name = tag.local_name();
        match (self.at, name.as_ref()) {
            (At::Start, "log") => self.at = At::Log,
            (At::Start, other) => {
                return Err(wrong(
                    byte,
                    format!("<{other}> where the <log> of an XES file should begin"),
                ));
            }
            (At::End, other) => {
                return Err(wrong(byte, format!("<{other}> after the end of the log")));
            }
            (At::Log, "trace") => {
                self.at = At::Trace;
                self.trace = Arc::default();
                self.trace_byte = byte;
                self.trace_events = 0;
            }
            (At::Trace, "event") if self.path.is_empty() => {
                self.at = At::Event;
                self.event = Attributes::default();
                self.event_byte = byte;
            }
            (At::Trace | At::Event, _) => return self.attribute(tag, byte, empty),
            // Extensions, globals, classifiers and the log's own attributes hold no records.
            (At::Log, _) => {
                self.skipping += usize::from(!empty);
                return Ok(());
            }
        }
        if empty {
            self.close()?;
        }
        Ok(())
    }

    /// Takes one attribute of a trace or an event; one inside another is named `outer/inner`.
    fn attribute(&mut self, tag: &BytesStart<'_>, byte: u64, empty: bool) -> Result<(), ReadError> {
        if self.path.len() >= DEPTH_MAX {
            return Err(wrong(
                byte,
                format!("attributes nested deeper than {DEPTH_MAX}"),
            ));
        }
        // `<values>` of a list has no key of its own.
        let key = value_of(tag, "key", byte)?.unwrap_or_default();
        if let Some(value) = value_of(tag, "value", byte)? {
            let mut name = String::new();
            for outer in self.path.iter().filter(|outer| !outer.is_empty()) {
                name.push_str(outer);
                name.push('/');
            }
            name.push_str(&key);
            if self.at == At::Event {
                self.event.push(&name, value);
            } else if self.trace_events > 0 {
                return Err(wrong(
                    byte,
                    format!(
                        "attribute `{name}` of a trace after its events; it must stand before them"
                    ),
                ));
            } else {
                Arc::make_mut(&mut self.trace).push(&name, value);
            }
        }
        if !empty {
            self.path.push(key);
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadError> {
        if self.skipping > 0 {
            self.skipping -= 1;
            return Ok(());
        }
        if self.path.pop().is_some() {
            return Ok(());
        }
        match self.at {
            At::Event => {
                self.at = At::Trace;
                self.trace_events += 1;
                let event = std::mem::take(&mut self.event);
                self.emit(Some(event), self.event_byte)?;
            }
            At::Trace => {
                self.at = At::Log;
                if self.trace_events == 0 {
                    self.emit(None, self.trace_byte)?;
                }
            }
            At::Log => self.at = At::End,
            At::Start | At::End => {}
        }
        Ok(())
    }

    fn emit(&mut self, attributes: Option<Attributes>, byte: u64) -> Result<(), ReadError> {
        let place = Place::Byte(byte);
        let Some(case) = self.case.of(&self.trace, attributes.as_ref()) else {
            return Err(ReadError::NoCase {
                place,
                column: self.case.clone(),
            });
        };
        let record = Record {
            case: case.to_owned(),
            order: self.order,
            place,
            case_attributes: Arc::clone(&self.trace),
            attributes,
        };
        self.order += 1;
        (self.sink)(record)
    }

    fn finish(&self, byte: u64) -> Result<(), ReadError> {
        if self.at == At::End {
            return Ok(());
        }
        if self.at == At::Start {
            return Err(wrong(byte, "no <log>: this is no XES file".to_owned()));
        }
        Err(self.truncated(byte))
    }

    fn truncated(&self, byte: u64) -> ReadError {
        let inside = match self.at {
            At::Event => "event",
            At::Trace => "trace",
            At::Start | At::Log | At::End => "log",
        };
        ReadError::Truncated {
            byte,
            inside: inside.to_owned(),
        }
    }

    fn broken(&self, error: quick_xml::Error, from: u64, until: u64) -> ReadError {
        match error {
            quick_xml::Error::Io(error) => ReadError::io_at(&error, Place::Byte(from)),
            // Every syntax error of this parser is a piece of markup that the file's end cut off.
            quick_xml::Error::Syntax(_) if self.at != At::Start => self.truncated(until),
            other => wrong(from, other.to_string()),
        }
    }
}

fn wrong(byte: u64, what: String) -> ReadError {
    ReadError::Xes { byte, what }
}

fn value_of(tag: &BytesStart<'_>, name: &str, byte: u64) -> Result<Option<String>, ReadError> {
    let attribute = tag
        .try_get_attribute(name)
        .map_err(|error| wrong(byte, error.to_string()))?;
    attribute
        .map(|attribute| {
            attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map(std::borrow::Cow::into_owned)
                .map_err(|error| wrong(byte, error.to_string()))
        })
        .transpose()
}
