//! Where views stand, as a table or a document.

use projection::{Parked, State, Status};
use serde::Serialize;

use crate::screen;

/// Where a build of a view stands.
#[derive(Serialize)]
struct ViewDocument {
    #[serde(rename = "naam")]
    name: &'static str,
    #[serde(rename = "versie")]
    version: i32,
    #[serde(rename = "bouw")]
    slot: &'static str,
    /// Whether readers are given it.
    #[serde(rename = "dient")]
    serving: bool,
    #[serde(rename = "toestand")]
    state: &'static str,
    #[serde(rename = "positie")]
    position: i64,
    /// Events it is behind.
    #[serde(rename = "achterstand")]
    lag: i64,
    /// How long the oldest of them has been in the log, in seconds.
    #[serde(rename = "achterstandSeconden")]
    behind_s: f64,
    #[serde(rename = "fout")]
    error: Option<String>,
    #[serde(rename = "herstarts")]
    restarts: i32,
    /// Streams it could not go on with.
    #[serde(rename = "onvolledig")]
    parked_count: i64,
    #[serde(rename = "geparkeerd")]
    parked: Vec<ParkedDocument>,
}

/// A stream that a view could not go on with.
#[derive(Serialize)]
struct ParkedDocument {
    #[serde(rename = "stroom")]
    stream: String,
    #[serde(rename = "positie")]
    position: i64,
    #[serde(rename = "soort")]
    kind: String,
    schema: i32,
    #[serde(rename = "fout")]
    error: String,
    #[serde(rename = "pogingen")]
    attempts: i32,
    #[serde(rename = "sinds")]
    parked_at: String,
}

/// All views.
#[derive(Serialize)]
struct ViewsDocument {
    count: usize,
    results: Vec<ViewDocument>,
}

/// Prints where views stand, and what they could not apply.
pub(super) fn list(views: Vec<Status>, json: bool) -> anyhow::Result<()> {
    let results: Vec<_> = views.into_iter().map(document).collect();
    if json {
        return screen::print_json(&ViewsDocument {
            count: results.len(),
            results,
        });
    }
    let mut table = screen::table(&["View", "Build", ">Position", ">Behind", ">Parked", "State"]);
    for view in &results {
        let serves = if view.serving { ", serves" } else { "" };
        table.add_row([
            format!("{} v{}", view.name, view.version),
            format!("{}{serves}", view.slot),
            view.position.to_string(),
            format!("{} ({:.0} s)", view.lag, view.behind_s),
            view.parked_count.to_string(),
            match &view.error {
                Some(error) => format!("{}: {error}", view.state),
                None => view.state.to_owned(),
            },
        ]);
    }
    let mut text = screen::lines(&table);
    for view in &results {
        for parked in &view.parked {
            text.push_str(&screen::wrapped(
                "",
                &format!(
                    "{} ({}) parked {} at position {} ({}, schema {}): {}",
                    view.name,
                    view.slot,
                    parked.stream,
                    parked.position,
                    parked.kind,
                    parked.schema,
                    parked.error
                ),
            ));
        }
    }
    screen::print(&text)
}

fn document(view: Status) -> ViewDocument {
    ViewDocument {
        lag: view.lag(),
        name: view.name,
        version: view.version,
        slot: view.slot.as_str(),
        serving: view.serving,
        state: match view.state {
            State::Running => "running",
            State::Idle => "idle",
            State::Restarting => "restarting",
            State::Halted => "halted",
            State::Stopped => "stopped",
            State::Filling => "filling",
        },
        position: view.position,
        behind_s: view.behind.as_secs_f64(),
        error: view.error,
        restarts: view.restarts,
        parked_count: view.parked_count,
        parked: view.parked.into_iter().map(parked).collect(),
    }
}

fn parked(parked: Parked) -> ParkedDocument {
    ParkedDocument {
        stream: parked.poison.stream.to_string(),
        position: parked.poison.position,
        kind: parked.poison.kind,
        schema: parked.poison.schema,
        error: parked.poison.error,
        attempts: parked.attempts,
        parked_at: parked.parked_at.to_string(),
    }
}
