//! `wijk replay`: the whole log on trial, before a new version serves.

use clap::Args;
use eventlog::Log;
use readmodel::trial::{Compared, Trial, Undecodable, Verdict, ViewTrial};
use serde::Serialize;

use crate::args::Global;
use crate::database::Need;
use crate::failure::{differs, failed, undecodable};
use crate::progress::Shower;
use crate::screen;
use crate::session::Session;
use crate::show::comparison::{self, ComparisonDocument};

/// Streams and rows that are named one by one.
const NAMED_MAX: usize = 10;

/// What to replay.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Changes nothing: the only way there is, said so that nobody has to wonder.
    #[arg(long, required = true)]
    dry_run: bool,
    /// Only up to this position [default: the end of the log].
    #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(i64).range(0..))]
    up_to: Option<i64>,
}

/// What came of it.
#[derive(Serialize)]
struct TrialDocument {
    #[serde(rename = "positie")]
    position: i64,
    /// `same`, `not-compared`, `differs` or `undecodable`.
    #[serde(rename = "uitslag")]
    verdict: &'static str,
    #[serde(rename = "onleesbaar")]
    undecodable: Vec<FormDocument>,
    #[serde(rename = "verzoeken")]
    requests: serde_json::Value,
    #[serde(rename = "vreemd")]
    anomalies: serde_json::Value,
    #[serde(rename = "mandaten")]
    mandates: usize,
    #[serde(rename = "wijken")]
    areas: usize,
    #[serde(rename = "gewist")]
    erased: u64,
    views: Vec<ViewDocument>,
}

/// Events of one form that cannot be read.
#[derive(Serialize)]
struct FormDocument {
    #[serde(rename = "soort")]
    kind: String,
    schema: i32,
    #[serde(rename = "eerstePositie")]
    first_position: i64,
    #[serde(rename = "aantal")]
    count: u64,
    #[serde(rename = "fout")]
    error: String,
}

/// One view.
#[derive(Serialize)]
struct ViewDocument {
    #[serde(rename = "naam")]
    name: &'static str,
    #[serde(rename = "versie")]
    version: i32,
    /// Null where it was not compared and nothing is parked.
    #[serde(rename = "gelijk")]
    same: Option<bool>,
    #[serde(rename = "geparkeerd")]
    parked: Vec<ParkedDocument>,
    /// Null where nothing serves, or only what comes after the end of the trial.
    #[serde(rename = "vergelijking")]
    comparison: Option<ComparisonDocument>,
}

/// A stream that a view cannot go on with.
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
}

pub(crate) async fn run(global: &Global, args: ReplayArgs) -> anyhow::Result<()> {
    let session = Session::open(global, Need::Filled).await?;
    let tenant = session.tenant().await?;
    let pool = session.read_pool().await?;
    let shower = Shower::new(global.json);
    let show = |done, of| shower.show("replaying", (done, of), None);
    let log = Log::new(pool.clone());
    let outcome = Trial::hold(&log, &pool, &tenant, args.up_to, &show).await;
    shower.end();
    let trial = outcome?;
    if global.json {
        screen::print_json(&document(&trial))?;
    } else {
        screen::print(&text(&trial))?;
    }
    match trial.verdict() {
        Verdict::Same => Ok(()),
        Verdict::NotCompared => Err(failed(
            "not-compared",
            "the replay ends before what is served, so views were not compared; without --up-to they are",
        )),
        Verdict::Differs => Err(differs(
            "view-differs",
            "this version makes other views of the log than those that are served",
        )),
        Verdict::Undecodable => Err(undecodable(
            "undecodable",
            "this version cannot read every event of the log",
        )),
    }
}

fn document(trial: &Trial) -> TrialDocument {
    TrialDocument {
        position: trial.position,
        verdict: match trial.verdict() {
            Verdict::Same => "same",
            Verdict::NotCompared => "not-compared",
            Verdict::Differs => "differs",
            Verdict::Undecodable => "undecodable",
        },
        undecodable: trial.undecodable.iter().map(form).collect(),
        requests: serde_json::json!(trial.folded.requests),
        anomalies: serde_json::json!(trial.folded.anomalies),
        mandates: trial.folded.mandates.iter().count(),
        areas: trial.folded.areas.iter().count(),
        erased: trial.folded.erased,
        views: trial.views.iter().map(view).collect(),
    }
}

fn form(form: &Undecodable) -> FormDocument {
    FormDocument {
        kind: form.kind.clone(),
        schema: form.schema,
        first_position: form.first_position,
        count: form.count,
        error: form.error.clone(),
    }
}

fn view(view: &ViewTrial) -> ViewDocument {
    ViewDocument {
        name: view.name,
        version: view.version,
        same: view.same(),
        parked: view
            .parked
            .iter()
            .map(|poison| ParkedDocument {
                stream: poison.stream.to_string(),
                position: poison.position,
                kind: poison.kind.clone(),
                schema: poison.schema,
                error: poison.error.clone(),
            })
            .collect(),
        comparison: match &view.compared {
            Compared::Rows { comparison, .. } => Some(comparison::document(comparison)),
            Compared::NothingServed | Compared::EndsBefore { .. } => None,
        },
    }
}

fn text(trial: &Trial) -> String {
    let mut text = vec![format!("Read {} events.\n", trial.position)];
    for form in &trial.undecodable {
        text.push(format!(
            "Cannot be read: {} schema {}, {} events, the first at position {}: {}\n",
            form.kind, form.schema, form.count, form.first_position, form.error
        ));
    }
    let counted = |counts: &std::collections::BTreeMap<&'static str, u64>| {
        let counts: Vec<_> = counts
            .iter()
            .map(|(code, count)| format!("{count} {code}"))
            .collect();
        if counts.is_empty() {
            "none".to_owned()
        } else {
            counts.join(", ")
        }
    };
    let folded = &trial.folded;
    text.push(format!("Requests: {}.\n", counted(&folded.requests)));
    text.push(format!("Odd facts: {}.\n", counted(&folded.anomalies)));
    text.push(format!(
        "Registers: {} mandates, {} wijken, {} people erased.\n",
        folded.mandates.iter().count(),
        folded.areas.iter().count(),
        folded.erased
    ));
    for view in &trial.views {
        text.push(view_text(view));
    }
    text.concat()
}

fn view_text(view: &ViewTrial) -> String {
    let name = view.name;
    let mut text = vec![match &view.compared {
        Compared::Rows { comparison, .. } => comparison::text(name, comparison),
        Compared::NothingServed => {
            format!("{name}: nothing serves that it could be compared with.\n")
        }
        Compared::EndsBefore { serving } => format!(
            "{name}: serves position {serving}, which this replay did not come to, so it was not compared.\n"
        ),
    }];
    for poison in view.parked.iter().take(NAMED_MAX) {
        text.push(format!("{name}: would park {poison}\n"));
    }
    if view.parked.len() > NAMED_MAX {
        text.push(format!(
            "{name}: and {} more streams; --json has them all.\n",
            view.parked.len() - NAMED_MAX
        ));
    }
    text.concat()
}
