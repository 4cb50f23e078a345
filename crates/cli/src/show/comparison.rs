//! How two builds of a view compare, as text and as a document.

use eventlog::StreamId;
use projection::{Comparison, Side};
use serde::Serialize;
use serde_json::value::RawValue;

/// Streams that are named one by one.
const STREAMS_MAX: usize = 10;

/// How two builds compare.
#[derive(Serialize)]
pub(crate) struct ComparisonDocument {
    #[serde(rename = "dienend")]
    serving: String,
    #[serde(rename = "ander")]
    other: String,
    #[serde(rename = "positie")]
    position: i64,
    #[serde(rename = "gelijk")]
    same: bool,
    /// Streams each could not apply.
    #[serde(rename = "onvolledigDienend")]
    parked_serving: i64,
    #[serde(rename = "onvolledigAnder")]
    parked_other: i64,
    /// Streams that only the serving one could not apply.
    #[serde(rename = "onvolledigAlleenDienend")]
    parked_only_serving: Vec<String>,
    /// Streams that only the other one could not apply.
    #[serde(rename = "onvolledigAlleenAnder")]
    parked_only_other: Vec<String>,
    #[serde(rename = "tabellen")]
    tables: Vec<TableDocument>,
}

/// How two tables compare.
#[derive(Serialize)]
struct TableDocument {
    #[serde(rename = "naam")]
    name: &'static str,
    #[serde(rename = "rijenDienend")]
    rows_serving: i64,
    #[serde(rename = "rijenAnder")]
    rows_other: i64,
    #[serde(rename = "alleenDienend")]
    only_serving: i64,
    #[serde(rename = "alleenAnder")]
    only_other: i64,
    #[serde(rename = "anders")]
    different: i64,
    #[serde(rename = "kolommenAlleenDienend")]
    columns_only_serving: Vec<String>,
    #[serde(rename = "kolommenAlleenAnder")]
    columns_only_other: Vec<String>,
    /// The first rows that differ.
    #[serde(rename = "eerste")]
    first: Vec<RowDocument>,
}

/// A row that differs.
#[derive(Serialize)]
struct RowDocument {
    #[serde(rename = "sleutel")]
    key: Option<Box<RawValue>>,
    #[serde(rename = "in")]
    side: &'static str,
    #[serde(rename = "kolommen")]
    columns: Vec<String>,
}

/// The document of a comparison.
pub(crate) fn document(comparison: &Comparison) -> ComparisonDocument {
    let tables = comparison.tables.iter().map(|table| TableDocument {
        name: table.name,
        rows_serving: table.rows.0,
        rows_other: table.rows.1,
        only_serving: table.only_serving,
        only_other: table.only_other,
        different: table.different,
        columns_only_serving: table.columns_only_serving.clone(),
        columns_only_other: table.columns_only_other.clone(),
        first: table
            .first
            .iter()
            .map(|row| RowDocument {
                // The database wrote it, as JSON.
                key: RawValue::from_string(row.key.clone()).ok(),
                side: match row.side {
                    Side::Serving => "dienend",
                    Side::Other => "ander",
                    Side::Both => "beide",
                },
                columns: row.columns.clone(),
            })
            .collect(),
    });
    ComparisonDocument {
        serving: comparison.serving.clone(),
        other: comparison.other.clone(),
        position: comparison.position,
        same: comparison.is_same(),
        parked_serving: comparison.parked.0,
        parked_other: comparison.parked.1,
        parked_only_serving: names(&comparison.parked_only_serving),
        parked_only_other: names(&comparison.parked_only_other),
        tables: tables.collect(),
    }
}

fn names(streams: &[StreamId]) -> Vec<String> {
    streams.iter().map(ToString::to_string).collect()
}

/// The same in a few lines.
pub(crate) fn text(name: &str, comparison: &Comparison) -> String {
    let Comparison {
        serving,
        other,
        position,
        ..
    } = comparison;
    let mut text = Vec::new();
    for table in &comparison.tables {
        let place = format!("{name}.{} at position {position}", table.name);
        if table.is_same() {
            text.push(format!(
                "{place}: {} rows, the same in {serving} and {other}.\n",
                table.rows.0
            ));
        } else {
            text.push(format!(
                "{place}: differs. {} rows only in {serving}, {} only in {other}, {} in both with other values.\n",
                table.only_serving, table.only_other, table.different
            ));
        }
        for (schema, columns) in [
            (serving, &table.columns_only_serving),
            (other, &table.columns_only_other),
        ] {
            if !columns.is_empty() {
                text.push(format!(
                    "  columns only in {schema}: {}\n",
                    columns.join(", ")
                ));
            }
        }
        for row in &table.first {
            text.push(match row.side {
                Side::Serving => format!("  {} only in {serving}\n", row.key),
                Side::Other => format!("  {} only in {other}\n", row.key),
                Side::Both => format!("  {} differs in {}\n", row.key, row.columns.join(", ")),
            });
        }
    }
    if comparison.parked != (0, 0) {
        text.push(format!(
            "{name}: {} streams are parked in {serving}, {} in {other}.\n",
            comparison.parked.0, comparison.parked.1
        ));
    }
    for (schema, streams) in [
        (serving, &comparison.parked_only_serving),
        (other, &comparison.parked_only_other),
    ] {
        for stream in streams.iter().take(STREAMS_MAX) {
            text.push(format!("  {stream} is parked only in {schema}\n"));
        }
        if streams.len() > STREAMS_MAX {
            let more = streams.len() - STREAMS_MAX;
            text.push(format!(
                "  and {more} more only in {schema}; --json has them all\n"
            ));
        }
    }
    text.concat()
}
