//! A JSON array of cases, element by element, such as Open311 requests with their notes.

use std::fmt;
use std::sync::Arc;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{ReadError, Sink};
use crate::input::{Budget, Input};
use crate::record::{Attributes, Column, Place, Record};

pub(super) fn read(
    input: Input,
    case: &Column,
    records: Option<&str>,
    sink: Sink<'_>,
) -> Result<(), ReadError> {
    let mut elements = Elements {
        budget: input.budget(),
        case,
        records,
        sink,
        element: 0,
        order: 0,
        stopped: None,
    };
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    let read = deserializer
        .deserialize_seq(&mut elements)
        .and_then(|()| deserializer.end());
    let Elements {
        element, stopped, ..
    } = elements;
    match (read, stopped) {
        (_, Some(stopped)) => Err(stopped),
        (Ok(()), None) => Ok(()),
        (Err(error), None) if error.is_io() => {
            Err(ReadError::io_at(&error.into(), Place::Element(element)))
        }
        (Err(error), None) => Err(ReadError::Json {
            element,
            what: if error.is_eof() {
                format!("the file ends too early, so it was cut off; fetch it again ({error})")
            } else {
                error.to_string()
            },
        }),
    }
}

struct Elements<'a> {
    budget: Budget,
    case: &'a Column,
    records: Option<&'a str>,
    sink: Sink<'a>,
    element: u64,
    order: u64,
    /// Why reading stopped; serde's errors carry text only.
    stopped: Option<ReadError>,
}

impl<'de> Visitor<'de> for &mut Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of cases")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        loop {
            self.budget.refill();
            self.element += 1;
            match elements.next_element::<Json>()? {
                None => return Ok(()),
                Some(element) => {
                    if let Err(error) = self.take(element) {
                        self.stopped = Some(error);
                        return Err(de::Error::custom("stopped"));
                    }
                }
            }
        }
    }
}

impl Elements<'_> {
    fn take(&mut self, element: Json) -> Result<(), ReadError> {
        let Json::Object(members) = element else {
            return Err(ReadError::Json {
                element: self.element,
                what: "not an object".to_owned(),
            });
        };
        let mut case = Attributes::default();
        let mut records = Vec::new();
        for (name, value) in members {
            match value {
                Json::Array(values) if Some(name.as_str()) == self.records => records = values,
                other => flatten(&name, other, &mut case),
            }
        }
        let case = Arc::new(case);
        let records = records.into_iter().map(|record| {
            let mut attributes = Attributes::default();
            flatten("", record, &mut attributes);
            Some(attributes)
        });
        let mut records: Vec<_> = records.collect();
        if records.is_empty() {
            // An element that is one record itself has no columns but its case's.
            records.push(self.records.is_none().then(Attributes::default));
        }
        for attributes in records {
            self.emit(&case, attributes)?;
        }
        Ok(())
    }

    fn emit(
        &mut self,
        case: &Arc<Attributes>,
        attributes: Option<Attributes>,
    ) -> Result<(), ReadError> {
        let place = Place::Element(self.element);
        let Some(id) = self.case.of(case, attributes.as_ref()) else {
            return Err(ReadError::NoCase {
                place,
                column: self.case.clone(),
            });
        };
        let record = Record {
            case: id.to_owned(),
            order: self.order,
            place,
            case_attributes: Arc::clone(case),
            attributes,
        };
        self.order += 1;
        (self.sink)(record)
    }
}

/// Names what lies inside something else `outer/inner`, and the items of an array `outer/0`, `outer/1`.
fn flatten(name: &str, value: Json, into: &mut Attributes) {
    let inside = |inner: &str| {
        if name.is_empty() {
            inner.to_owned()
        } else {
            format!("{name}/{inner}")
        }
    };
    match value {
        Json::Null => {}
        Json::Scalar(text) => into.push(if name.is_empty() { "value" } else { name }, text),
        Json::Array(items) => {
            for (at, item) in items.into_iter().enumerate() {
                flatten(&inside(&at.to_string()), item, into);
            }
        }
        Json::Object(members) => {
            for (inner, member) in members {
                flatten(&inside(&inner), member, into);
            }
        }
    }
}

/// A JSON value that keeps members in order, and of a name that stands there twice both values.
enum Json {
    Null,
    Scalar(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl<'de> de::Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        AnyJson.deserialize(deserializer)
    }
}

struct AnyJson;

impl<'de> DeserializeSeed<'de> for AnyJson {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyJson {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Scalar(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Json::Object(object))
    }
}
