//! What was measured, on what, as Markdown or JSON.

use std::fmt::Write as _;
use std::fs;

use serde::Serialize;

use crate::figures::{Case, Goal};
use crate::measure::{Effort, Measure};
use crate::server::Server;

/// All figures of a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    server: String,
    processors: usize,
    rounds: usize,
    quick: bool,
    measures: Vec<Section>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Section {
    title: &'static str,
    limit: &'static str,
    /// Load average over a minute when the measure ended, its own load included.
    load_average: Option<f64>,
    cases: Vec<Case>,
}

impl Report {
    /// Notes what it is measured on.
    pub(crate) async fn begin(server: &Server, effort: &Effort) -> anyhow::Result<Self> {
        Ok(Self {
            server: server.prepare().await?,
            processors: std::thread::available_parallelism()?.get(),
            rounds: effort.rounds,
            quick: effort.quick,
            measures: Vec::new(),
        })
    }

    /// Adds the figures of a measure.
    pub(crate) fn push(&mut self, measure: Measure, cases: Vec<Case>) {
        self.measures.push(Section {
            title: measure.title(),
            limit: measure.limit(),
            load_average: load_average(),
            cases,
        });
    }

    /// Prints it.
    pub(crate) fn print(&self, json: bool) -> anyhow::Result<()> {
        let text = if json {
            serde_json::to_string_pretty(self)?
        } else {
            self.markdown()?
        };
        #[expect(clippy::print_stdout, reason = "the report is what it is run for")]
        {
            println!("{text}");
        }
        Ok(())
    }

    fn markdown(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        writeln!(
            text,
            "{}, fsync and synchronous_commit on; {} processors for clients and server together; \
             {} interleaved rounds{}.",
            self.server,
            self.processors,
            self.rounds,
            if self.quick {
                ", a smoke run: its ratios mean little"
            } else {
                ""
            }
        )?;
        for section in &self.measures {
            section.markdown(&mut text)?;
        }
        Ok(text)
    }
}

impl Section {
    fn markdown(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n### {}\n{}", self.title, self.limit)?;
        if let Some(load) = self.load_average {
            writeln!(text, "Load average at the end: {load:.1}.")?;
        }
        writeln!(
            text,
            "\n| | case | rate | ratio (lowest to highest) | beside |"
        )?;
        writeln!(text, "| --- | --- | --: | --- | --- |")?;
        let mut group = "";
        for case in &self.cases {
            let shown = if case.group == group { "" } else { &case.group };
            group = &case.group;
            let ratios: Vec<String> = case
                .ratios
                .iter()
                .map(|ratio| {
                    format!(
                        "**{:.2}** ({:.2} to {:.2}) of {}{}",
                        ratio.median,
                        ratio.lowest,
                        ratio.highest,
                        ratio.to,
                        verdict(ratio.median, ratio.goal)
                    )
                })
                .collect();
            let asides: Vec<String> = case
                .asides
                .iter()
                .map(|aside| {
                    let value = aside.value;
                    let decimals = if value < 100.0 { 2 } else { 0 };
                    format!(
                        "{} {value:.decimals$}{}",
                        aside.name,
                        verdict(value, aside.goal)
                    )
                })
                .collect();
            writeln!(
                text,
                "| {shown} | {} | {} {} | {} | {} |",
                case.name,
                thousands(case.per_s),
                case.unit,
                ratios.join("; "),
                asides.join(", ")
            )?;
        }
        Ok(())
    }
}

fn verdict(figure: f64, goal: Option<Goal>) -> String {
    let Some(goal) = goal else {
        return String::new();
    };
    let word = if goal.is_reached(figure) {
        "reached"
    } else {
        "not reached"
    };
    match goal {
        Goal::AtLeast(least) => format!(" (goal ≥ {least}: {word})"),
        Goal::AtMost(most) => format!(" (goal ≤ {most}: {word})"),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Over a minute; None where the system does not say.
fn load_average() -> Option<f64> {
    fs::read_to_string("/proc/loadavg")
        .ok()?
        .split(' ')
        .next()?
        .parse()
        .ok()
}
