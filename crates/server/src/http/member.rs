//! Reading JSON so that every error is found, with the schema that the API's document shows.
//!
//! serde stops at the first error and the design rules want all of them together, so bodies are read
//! member by member. What a member may be and what the document says of it stand in one place here.

use std::collections::BTreeSet;

use casework::domain::{Channel, Domain};
use casework::event::{
    Ground, NoMessageReason, NotConsultedReason, Outcome, ReopenCause, RequesterKind,
};
use casework::mandate::MandateKind;
use casework::{Cents, Function, MandateId, PersonId, StaffId, Text, WijkCode};
use jiff::civil::Date;
use serde_json::{Map, Value};
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, SchemaFormat, Type,
};
use utoipa::openapi::{KnownFormat, RefOr};

use super::problem::InvalidParam;

/// The most characters of what was sent that an answer repeats.
const QUOTED_CHARS_MAX: usize = 80;

/// What can stand in a member of a body.
pub(crate) trait Member: Sized {
    /// Whether leaving it out is an error.
    const REQUIRED: bool = true;

    /// What it looks like.
    fn schema() -> Schema;

    /// Reads it, or adds everything that is wrong with it.
    fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self>;

    /// What it is when it was left out.
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: Member> Member for Option<T> {
    const REQUIRED: bool = false;

    fn schema() -> Schema {
        T::schema()
    }

    /// Null is the same as leaving it out.
    fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
        if value.is_null() {
            return Self::absent();
        }
        T::read(value, at, invalid).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Member + Ord> Member for BTreeSet<T> {
    fn schema() -> Schema {
        Schema::Array(
            ArrayBuilder::new()
                .items(RefOr::T(T::schema()))
                .min_items(Some(1))
                .build(),
        )
    }

    fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
        let Value::Array(items) = value else {
            invalid.push(InvalidParam::new(
                at,
                "invalid-type",
                "dit moet een lijst zijn",
            ));
            return None;
        };
        let read: Vec<Option<T>> = items
            .iter()
            .enumerate()
            .map(|(place, item)| T::read(item, &format!("{at}[{place}]"), invalid))
            .collect();
        read.into_iter().collect()
    }
}

/// The members of an object, while it is being read.
pub(crate) struct Reader<'a> {
    members: &'a Map<String, Value>,
    at: &'a str,
    invalid: &'a mut Vec<InvalidParam>,
}

impl<'a> Reader<'a> {
    /// Begins to read an object with these members and no others.
    pub(crate) fn open(
        value: &'a Value,
        at: &'a str,
        known: &[&str],
        invalid: &'a mut Vec<InvalidParam>,
    ) -> Option<Self> {
        let Value::Object(members) = value else {
            let name = if at.is_empty() { "body" } else { at };
            invalid.push(InvalidParam::new(
                name,
                "invalid-type",
                "dit moet een object zijn",
            ));
            return None;
        };
        let reader = Self {
            members,
            at,
            invalid,
        };
        for unknown in members
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
        {
            let reason = format!("dit lid bestaat niet; er is: {}", known.join(", "));
            reader.invalid.push(InvalidParam::new(
                reader.name(&quoted(unknown)),
                "unknown-member",
                reason,
            ));
        }
        Some(reader)
    }

    /// Reads one member.
    pub(crate) fn member<T: Member>(&mut self, name: &str) -> Option<T> {
        let at = self.name(name);
        if let Some(value) = self.members.get(name) {
            return T::read(value, &at, self.invalid);
        }
        let absent = T::absent();
        if absent.is_none() {
            self.invalid.push(InvalidParam::new(
                at,
                "required",
                "dit lid ontbreekt en is nodig",
            ));
        }
        absent
    }

    fn name(&self, name: &str) -> String {
        if self.at.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.at)
        }
    }
}

fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_CHARS_MAX).collect()
}

/// The text of a member that says something.
fn text<'a>(value: &'a Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<&'a str> {
    let Value::String(text) = value else {
        invalid.push(InvalidParam::new(
            at,
            "invalid-type",
            "dit moet een tekst zijn",
        ));
        return None;
    };
    if text.contains('\0') {
        invalid.push(InvalidParam::new(
            at,
            "forbidden-character",
            "het teken U+0000 kan niet",
        ));
        return None;
    }
    if text.trim().is_empty() {
        invalid.push(InvalidParam::new(
            at,
            "empty-text",
            "dit is leeg; vul het in of laat het weg",
        ));
        return None;
    }
    Some(text)
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

impl Member for Text {
    fn schema() -> Schema {
        string().min_length(Some(1)).max_length(Some(5_000)).into()
    }

    fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
        text(value, at, invalid).map(Text::given)
    }
}

/// A text that stands in the clear.
impl Member for String {
    fn schema() -> Schema {
        string().min_length(Some(1)).into()
    }

    fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
        text(value, at, invalid).map(str::to_owned)
    }
}

impl Member for bool {
    fn schema() -> Schema {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }

    fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
        if value.as_bool().is_none() {
            invalid.push(InvalidParam::new(
                at,
                "invalid-type",
                "dit moet true of false zijn",
            ));
        }
        value.as_bool()
    }
}

/// Whole numbers from 0 on.
fn count<T: TryFrom<i64>>(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<T> {
    if !value.is_number() {
        invalid.push(InvalidParam::new(
            at,
            "invalid-type",
            "dit moet een geheel getal zijn",
        ));
        return None;
    }
    let read = value
        .as_i64()
        .filter(|number| *number >= 0)
        .and_then(|number| T::try_from(number).ok());
    if read.is_none() {
        let reason = "dit moet een geheel getal zijn, niet onder 0 en niet te groot";
        invalid.push(InvalidParam::new(at, "out-of-range", reason));
    }
    read
}

fn integer(format: KnownFormat) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(format)))
        .minimum(Some(0))
        .into()
}

impl Member for u32 {
    fn schema() -> Schema {
        integer(KnownFormat::Int64)
    }

    fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
        count(value, at, invalid)
    }
}

impl Member for Cents {
    fn schema() -> Schema {
        integer(KnownFormat::Int64)
    }

    fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
        count(value, at, invalid).map(Cents)
    }
}

impl Member for Date {
    fn schema() -> Schema {
        string()
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .into()
    }

    fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
        let text = text(value, at, invalid)?;
        // A longer text may be a moment, and on which day that is depends on the zone.
        let read = Some(text)
            .filter(|text| text.len() == 10)
            .and_then(|text| text.parse().ok());
        if read.is_none() {
            let reason = "dit moet een bestaande dag zijn, zoals 2026-07-01, zonder tijd";
            invalid.push(InvalidParam::new(at, "invalid-date", reason));
        }
        read
    }
}

/// Identities, which know themselves what they look like.
macro_rules! identities {
    ($($type:ty: $schema:expr, $wanted:literal;)+) => {
        $(impl Member for $type {
            fn schema() -> Schema {
                $schema.into()
            }

            fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
                let read = text(value, at, invalid)?.parse().ok();
                if read.is_none() {
                    invalid.push(InvalidParam::new(at, "invalid-code", concat!("dit moet ", $wanted, " zijn")));
                }
                read
            }
        })+
    };
}

identities! {
    WijkCode: string().pattern(Some("^(WK|BU)[0-9]{4}[0-9A-Z]{1,6}$")), "een CBS-code van een wijk of buurt, zoals WK039203,";
    Function: string().pattern(Some("^[a-z0-9][a-z0-9-]{0,63}$")), "een functie, zoals wijkregisseur-sociaal,";
    StaffId: string().pattern(Some("^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$")), "de id van een medewerker (letters, cijfers, punt, _ en -)";
    MandateId: string().pattern(Some("^[a-z0-9][a-z0-9-]{0,63}$")), "de id van een mandaat (kleine letters, cijfers en -)";
    PersonId: string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))), "een uuid";
}

/// Fixed words; what stands after `but` is for imported history and no command may say it.
macro_rules! words {
    ($($type:ident $(but $($except:ident),+)?;)+) => {
        $(impl Member for $type {
            fn schema() -> Schema {
                string().enum_values(Some(<$type>::accepted())).into()
            }

            fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
                let given = text(value, at, invalid)?;
                let read = <$type>::accepted().find(|word| *word == given).and_then(|word| word.parse().ok());
                if read.is_none() {
                    let words: Vec<&str> = <$type>::accepted().collect();
                    invalid.push(InvalidParam::new(
                        at,
                        "unknown-value",
                        format!("`{}` kan niet; kies uit: {}", quoted(given), words.join(", ")),
                    ));
                }
                read
            }
        }

        impl Accepted for $type {
            fn accepted() -> impl Iterator<Item = &'static str> {
                const EXCEPT: &[$type] = &[$($($type::$except),+)?];
                Self::ALL
                    .iter()
                    .filter(|word| !EXCEPT.contains(word))
                    .map(|word| word.as_str())
            }
        })+
    };
}

/// The words that a command may say.
trait Accepted {
    fn accepted() -> impl Iterator<Item = &'static str>;
}

words! {
    Domain;
    Channel but Unknown;
    RequesterKind but Unknown;
    Outcome but Unknown;
    Ground but SubmittedUp, CompetentAuthority, TermExtended, AdviceAsked, Objection, Appeal, OtherAgency;
    ReopenCause;
    NoMessageReason;
    NotConsultedReason;
    MandateKind;
}

/// Defines the body of a call: a struct, how it is read, and its schema, all from one list.
///
/// The texts are the document's descriptions and so in Dutch (API-17).
macro_rules! body {
    ($(#[doc = $about:literal])+ $name:ident {
        $($(#[doc = $doc:literal])+ $field:ident as $member:literal: $type:ty,)+
    }) => {
        $(#[doc = $about])+
        #[derive(Debug)]
        pub(crate) struct $name {
            $($(#[doc = $doc])+ pub(crate) $field: $type,)+
        }

        impl $crate::http::member::Member for $name {
            fn schema() -> utoipa::openapi::schema::Schema {
                $crate::http::member::object(
                    concat!($($about),+),
                    [$((
                        $member,
                        concat!($($doc),+),
                        <$type as $crate::http::member::Member>::schema(),
                        <$type as $crate::http::member::Member>::REQUIRED,
                    )),+],
                )
            }

            fn read(
                value: &serde_json::Value,
                at: &str,
                invalid: &mut Vec<$crate::http::problem::InvalidParam>,
            ) -> Option<Self> {
                let mut reader =
                    $crate::http::member::Reader::open(value, at, &[$($member),+], invalid)?;
                // All of them are read before the first that failed ends it.
                $(let $field = reader.member($member);)+
                Some(Self { $($field: $field?),+ })
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::RefOr::T(<Self as $crate::http::member::Member>::schema())
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}
pub(crate) use body;

/// The schema of an object with these members (name, description, schema, required) and no others.
pub(crate) fn object<const N: usize>(
    about: &str,
    members: [(&str, &str, Schema, bool); N],
) -> Schema {
    let mut object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(about.trim()))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    for (name, doc, schema, required) in members {
        object = object.property(name, described(schema, doc.trim()));
        if required {
            object = object.required(name);
        }
    }
    object.into()
}

fn described(schema: Schema, doc: &str) -> Schema {
    match schema {
        Schema::Object(mut object) => {
            object.description = Some(doc.to_owned());
            Schema::Object(object)
        }
        Schema::Array(mut array) => {
            array.description = Some(doc.to_owned());
            Schema::Array(array)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
