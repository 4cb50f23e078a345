//! A CSV file of wijken with the columns of Statistics Netherlands (CBS), read whole or not at all.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use casework::WijkCode;
use casework::event::WijkListed;

use crate::failure::{failed, mistyped};

/// Mistakes that are listed; all are counted.
const MISTAKES_LISTED: usize = 20;

/// Where the columns stand.
struct Columns {
    code: usize,
    name: usize,
    municipality: Option<usize>,
}

/// The wijken of a file, of one municipality where it is named.
pub(super) fn read(
    path: &Path,
    municipality: Option<&str>,
    edition: i16,
) -> anyhow::Result<Vec<WijkListed>> {
    if let Some(code) = municipality.filter(|code| !is_municipality(code)) {
        return Err(mistyped(
            "invalid-municipality",
            format!("`{code}` is no municipality's code; write GM and four digits, such as GM0392"),
        ));
    }
    let text = std::fs::read(path)
        .with_context(|| format!("cannot read the list of wijken {}", path.display()))?;
    parse(&text, municipality, edition)
        .with_context(|| format!("nothing was loaded from {}", path.display()))
}

fn is_municipality(code: &str) -> bool {
    code.strip_prefix("GM")
        .is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn parse(text: &[u8], municipality: Option<&str>, edition: i16) -> anyhow::Result<Vec<WijkListed>> {
    // Spreadsheets begin a file with this mark.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let text = std::str::from_utf8(text).map_err(|error| {
        let line = text[..error.valid_up_to()]
            .split(|byte| *byte == b'\n')
            .count();
        failed(
            "invalid-file",
            format!("line {line} is not UTF-8; save the file as UTF-8"),
        )
    })?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let columns = columns(reader.headers()?, municipality.is_some())?;
    let mut wijken = Vec::new();
    let mut seen: HashMap<WijkCode, u64> = HashMap::new();
    let mut mistakes = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        match row(&record, &columns, municipality, edition) {
            Ok(None) => {}
            Ok(Some(listed)) => match seen.insert(listed.wijk.clone(), line) {
                Some(first) => mistakes.push(format!(
                    "line {line}: {} stands on line {first} as well",
                    listed.wijk
                )),
                None => wijken.push(listed),
            },
            Err(mistake) => mistakes.push(format!("line {line}: {mistake}")),
        }
    }
    if !mistakes.is_empty() {
        return Err(failed("invalid-file", list(&mistakes)));
    }
    if wijken.is_empty() {
        let what = match municipality {
            Some(code) => format!("it has no wijk of {code}; look at the column gm_code"),
            None => "it has no wijken below its first line".to_owned(),
        };
        return Err(failed("invalid-file", what));
    }
    Ok(wijken)
}

fn columns(headers: &csv::StringRecord, municipality: bool) -> anyhow::Result<Columns> {
    let find = |wanted: &str| headers.iter().position(|name| name.trim() == wanted);
    let gm_code = find("gm_code");
    let mut missing = Vec::new();
    let mut need = |found: Option<usize>, name: &'static str| {
        if found.is_none() {
            missing.push(name);
        }
        found.unwrap_or_default()
    };
    let found = Columns {
        code: need(find("wk_code"), "wk_code"),
        name: need(find("wk_naam"), "wk_naam"),
        municipality: municipality.then(|| need(gm_code, "gm_code")),
    };
    if missing.is_empty() {
        return Ok(found);
    }
    let names: Vec<_> = headers
        .iter()
        .map(|name| format!("`{}`", name.chars().take(40).collect::<String>()))
        .collect();
    Err(failed(
        "invalid-file",
        format!(
            "its first line lacks the column {}; it has {}; write the columns as CBS does: wk_code,wk_naam,gm_code, with commas between",
            missing.join(" and "),
            names.join(", ")
        ),
    ))
}

/// One line: a wijk, or none where it is of another municipality, or what is wrong with it.
fn row(
    record: &csv::StringRecord,
    columns: &Columns,
    municipality: Option<&str>,
    edition: i16,
) -> Result<Option<WijkListed>, String> {
    let field = |column: usize| record.get(column).unwrap_or_default().trim();
    if let (Some(wanted), Some(column)) = (municipality, columns.municipality) {
        let found = field(column);
        if !is_municipality(found) {
            return Err(format!(
                "`{found}` is no municipality's code such as GM0392"
            ));
        }
        if found != wanted {
            return Ok(None);
        }
    }
    let wijk = WijkCode::new(field(columns.code)).map_err(|error| error.to_string())?;
    let name = field(columns.name);
    if name.is_empty() {
        return Err(format!("{wijk} has no name"));
    }
    if let Some(wanted) = municipality.filter(|code| code[2..] != *wijk.municipality()) {
        return Err(format!("{wijk} is no code of {wanted}"));
    }
    Ok(Some(WijkListed {
        wijk,
        name: name.to_owned(),
        edition,
    }))
}

fn list(mistakes: &[String]) -> String {
    let mut text = mistakes
        .iter()
        .take(MISTAKES_LISTED)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    if mistakes.len() > MISTAKES_LISTED {
        text = format!("{text}; and {} more", mistakes.len() - MISTAKES_LISTED);
    }
    format!("{text}. Correct the file and load it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "wk_code,wk_naam,gm_code\nWK999901,\"Oud, Noord\",GM9999\nWK999802,Elders,GM9998\n";

    fn told(text: &str, municipality: Option<&str>) -> String {
        parse(text.as_bytes(), municipality, 2021)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_file_of_the_country_gives_the_wijken_of_one_municipality() {
        let wijken = parse(FILE.as_bytes(), Some("GM9999"), 2021).unwrap();
        let [only] = wijken.as_slice() else {
            panic!("{wijken:?}")
        };
        assert_eq!(
            (only.wijk.as_str(), only.name.as_str(), only.edition),
            ("WK999901", "Oud, Noord", 2021)
        );
        assert_eq!(parse(FILE.as_bytes(), None, 2021).unwrap().len(), 2);
    }

    #[test]
    fn a_mark_at_the_beginning_and_other_columns_do_no_harm() {
        let text = "\u{feff}inwoners,wk_naam,wk_code\n12,Noord,WK999901\n";
        assert_eq!(parse(text.as_bytes(), None, 2021).unwrap()[0].name, "Noord");
    }

    #[test]
    fn all_mistakes_are_told_together_with_their_lines() {
        let text = "wk_code,wk_naam,gm_code\nWK99,Noord,GM9999\nWK999901,,GM9999\nWK999902,Zuid,GM9999\nWK999902,Zuid,GM9999\nWK999802,Elders,GM9999\nWK999903,West,9999\n";
        let told = told(text, Some("GM9999"));
        for mistake in [
            "line 2: `WK99`",
            "line 3: WK999901 has no name",
            "line 5: WK999902 stands on line 4",
            "line 6: WK999802 is no code of GM9999",
            "line 7: `9999`",
        ] {
            assert!(told.contains(mistake), "{mistake}: {told}");
        }
    }

    #[test]
    fn wrong_columns_are_named() {
        let told = told("code;naam\nWK999901;Noord\n", Some("GM9999"));
        assert!(told.contains("wk_code and wk_naam and gm_code"), "{told}");
        assert!(told.contains("`code;naam`"), "{told}");
    }

    #[test]
    fn a_file_without_wijken_is_a_mistake() {
        assert!(told("wk_code,wk_naam,gm_code\n", None).contains("no wijken"));
        assert!(told(FILE, Some("GM0001")).contains("no wijk of GM0001"));
        assert!(
            parse(b"wk_code,wk_naam\nWK999901,\xff\n", None, 2021)
                .unwrap_err()
                .to_string()
                .contains("line 2 is not UTF-8")
        );
    }
}
