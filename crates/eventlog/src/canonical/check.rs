//! A serializer that writes nothing and refuses what canonical JSON cannot keep.

use std::fmt::Display;

use serde::ser::{self, Serialize, Serializer};

use super::CanonicalError;

/// The largest whole number that every double around it keeps apart: 2^53 - 1.
const WHOLE_MAX: u128 = (1 << 53) - 1;

/// Walks a value for its numbers and strings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check;

type Checked = Result<(), CanonicalError>;

impl ser::Error for CanonicalError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Serialize(message.to_string())
    }
}

fn whole(magnitude: impl Into<u128>) -> Checked {
    if magnitude.into() <= WHOLE_MAX {
        Ok(())
    } else {
        Err(CanonicalError::NumberTooLarge)
    }
}

impl Serializer for Check {
    type Ok = ();
    type Error = CanonicalError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn serialize_bool(self, _: bool) -> Checked {
        Ok(())
    }
    fn serialize_i8(self, _: i8) -> Checked {
        Ok(())
    }
    fn serialize_i16(self, _: i16) -> Checked {
        Ok(())
    }
    fn serialize_i32(self, _: i32) -> Checked {
        Ok(())
    }
    fn serialize_i64(self, value: i64) -> Checked {
        whole(value.unsigned_abs())
    }
    fn serialize_i128(self, value: i128) -> Checked {
        whole(value.unsigned_abs())
    }
    fn serialize_u8(self, _: u8) -> Checked {
        Ok(())
    }
    fn serialize_u16(self, _: u16) -> Checked {
        Ok(())
    }
    fn serialize_u32(self, _: u32) -> Checked {
        Ok(())
    }
    fn serialize_u64(self, value: u64) -> Checked {
        whole(value)
    }
    fn serialize_u128(self, value: u128) -> Checked {
        whole(value)
    }
    fn serialize_f32(self, _: f32) -> Checked {
        Err(CanonicalError::Float)
    }
    fn serialize_f64(self, _: f64) -> Checked {
        Err(CanonicalError::Float)
    }
    fn serialize_char(self, value: char) -> Checked {
        if value == '\0' {
            return Err(CanonicalError::Nul);
        }
        Ok(())
    }
    fn serialize_str(self, value: &str) -> Checked {
        if value.contains('\0') {
            return Err(CanonicalError::Nul);
        }
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Checked {
        Ok(())
    }
    fn serialize_none(self) -> Checked {
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Checked {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Checked {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Checked {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Checked {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Checked {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Checked {
        self.serialize_str(variant)?;
        value.serialize(self)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self, CanonicalError> {
        Ok(self)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self, CanonicalError> {
        Ok(self)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, CanonicalError> {
        Ok(self)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, CanonicalError> {
        self.serialize_str(variant)?;
        Ok(self)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self, CanonicalError> {
        Ok(self)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, CanonicalError> {
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, CanonicalError> {
        self.serialize_str(variant)?;
        Ok(self)
    }
}

/// The compound forms differ only in what serde calls their parts.
macro_rules! check_parts {
    ($($form:ident :: $part:ident),*) => {$(
        impl ser::$form for Check {
            type Ok = ();
            type Error = CanonicalError;
            fn $part<T: Serialize + ?Sized>(&mut self, value: &T) -> Checked {
                value.serialize(*self)
            }
            fn end(self) -> Checked {
                Ok(())
            }
        }
    )*};
}
check_parts!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
);

macro_rules! check_fields {
    ($($form:ident),*) => {$(
        impl ser::$form for Check {
            type Ok = ();
            type Error = CanonicalError;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Checked {
                self.serialize_str(name)?;
                value.serialize(*self)
            }
            fn end(self) -> Checked {
                Ok(())
            }
        }
    )*};
}
check_fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Check {
    type Ok = ();
    type Error = CanonicalError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Checked {
        key.serialize(*self)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Checked {
        value.serialize(*self)
    }
    fn end(self) -> Checked {
        Ok(())
    }
}
