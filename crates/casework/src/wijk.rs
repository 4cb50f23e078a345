//! Neighbourhood codes of Statistics Netherlands (CBS), and where a request belongs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::word_id;

/// `WK` or `BU`, the municipality's 4 digits, then 1 to 6 digits or capitals.
///
/// Letters are real: Amsterdam's codes have had them since 2022, and one of them ends in `NA`.
fn is_code(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("WK").or_else(|| text.strip_prefix("BU")) else {
        return false;
    };
    rest.len() >= 5
        && rest.len() <= 10
        && rest.bytes().take(4).all(|b| b.is_ascii_digit())
        && rest
            .bytes()
            .skip(4)
            .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

word_id! {
    /// The CBS code of a wijk or buurt, such as `WK039203` or `BU0363AE01`.
    WijkCode, is_code, "a CBS code of a wijk or buurt: WK or BU, the municipality's 4 digits, then digits or capitals, such as WK039203"
}

impl WijkCode {
    /// The municipality's four digits.
    pub fn municipality(&self) -> &str {
        &self.as_str()[2..6]
    }
}

/// How it is known in which wijk a request lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WijkSource {
    /// Somebody said so.
    Stated,
    /// Computed from something else, because the record did not say.
    Derived,
    /// Not known: the request waits at the municipality's intake.
    Unknown,
}

impl fmt::Display for WijkSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stated => "stated",
            Self::Derived => "derived",
            Self::Unknown => "unknown",
        })
    }
}

/// The wijk a request belongs to. Unknown is a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Placement {
    /// The code, where it is known.
    pub wijk: Option<WijkCode>,
    /// The year of the CBS edition the code belongs to: boundaries change each year.
    pub edition: Option<i16>,
    /// How it is known.
    pub source: WijkSource,
}

impl Placement {
    /// Not known yet.
    pub fn unknown() -> Self {
        Self {
            wijk: None,
            edition: None,
            source: WijkSource::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_edition_are_accepted() {
        for code in [
            "WK039203",
            "WK0363AE",
            "WK0363NA",
            "BU03630000",
            "BU0363AE01",
            "WK99990",
        ] {
            assert!(WijkCode::new(code).is_ok(), "{code}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused_and_told_what_one_looks_like() {
        for code in [
            "",
            "WK",
            "wk039203",
            "GM0392",
            "WK0392",
            "WKABCD03",
            "WK0392é3",
            "WK0392030303030",
            "WK03 203",
        ] {
            let error = WijkCode::new(code).unwrap_err();
            assert!(error.to_string().contains("WK039203"), "{error}");
        }
    }
}
