//! Building views anew, comparing and switching.

use clap::Args;
use eventlog::{Log, StreamId, Tenant};
use projection::{Compared, Rebuild, Rebuilt, Scratch, Stage, WORKERS};
use readmodel::Runner;
use serde::Serialize;
use sqlx::PgPool;

use crate::failure::{differs, failed};
use crate::progress::Shower;
use crate::screen;
use crate::show::comparison::{self, ComparisonDocument};

/// What to build, and how.
#[derive(Debug, Args)]
pub(crate) struct RebuildArgs {
    /// Its name: queue, dossier or evaluation.
    name: String,
    /// How many work at it, each on streams of its own; one that was interrupted keeps its number.
    #[arg(long, default_value_t = WORKERS, value_parser = workers)]
    workers: usize,
    /// Begin at the first event even where a rebuild was interrupted.
    #[arg(long)]
    anew: bool,
    /// Give readers the new build even if it differs from the one that serves.
    #[arg(long)]
    switch_anyway: bool,
}

/// What to compare.
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Its name: queue, dossier or evaluation.
    name: String,
    /// Compare with what this software makes of the log, in temporary tables, instead of with the other build.
    #[arg(long)]
    from_log: bool,
    /// Compare what an earlier version of the view serves with what this software makes of the log.
    #[arg(long, value_name = "NUMBER")]
    served_version: Option<i32>,
}

fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(workers @ 1..=8) => Ok(workers),
        _ => Err("1 to 8 can work at a rebuild".to_owned()),
    }
}

impl RebuildArgs {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl CompareArgs {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// What a rebuild came to.
#[derive(Serialize)]
struct RebuiltDocument<'a> {
    #[serde(rename = "naam")]
    name: &'a str,
    #[serde(rename = "bouw")]
    slot: &'static str,
    #[serde(rename = "positie")]
    position: i64,
    /// Where an interrupted rebuild had come that this one went on with.
    #[serde(rename = "hervatOp")]
    resumed_at: Option<i64>,
    /// Streams it could not apply.
    #[serde(rename = "onvolledig")]
    parked: i64,
    /// Whether readers are given it.
    #[serde(rename = "dient")]
    switched: bool,
    /// Whether the view is stopped, and the new build with it.
    #[serde(rename = "gestopt")]
    stopped: bool,
    /// `compared`, `nothing-served` or `stood-still`.
    #[serde(rename = "uitslag")]
    outcome: &'static str,
    /// Where what served stands still, if it does so before the new build.
    #[serde(rename = "stilOp")]
    stood_still_at: Option<i64>,
    /// How it compares with what served; null where there was nothing to compare with.
    #[serde(rename = "vergelijking")]
    comparison: Option<ComparisonDocument>,
}

/// What a switch came to.
#[derive(Serialize)]
struct SwitchedDocument<'a> {
    #[serde(rename = "naam")]
    name: &'a str,
    #[serde(rename = "van")]
    from: &'static str,
    #[serde(rename = "naar")]
    to: &'static str,
    #[serde(rename = "positie")]
    position: i64,
}

/// What building one stream anew came to, build by build.
#[derive(Serialize)]
struct StreamDocument {
    #[serde(rename = "bouw")]
    slot: &'static str,
    #[serde(rename = "gebeurtenissen")]
    events: usize,
    #[serde(rename = "positie")]
    position: i64,
    #[serde(rename = "fout")]
    error: Option<String>,
}

/// Does it, and shows what came of it.
pub(super) struct Shown<'a> {
    pub(super) runner: &'a Runner,
    pub(super) tenant: &'a Tenant,
    pub(super) json: bool,
}

impl Shown<'_> {
    pub(super) async fn rebuild(&self, args: &RebuildArgs) -> anyhow::Result<()> {
        let builder = self.runner.builder(&args.name)?;
        let shower = Shower::new(self.json);
        let how = Rebuild {
            workers: args.workers,
            anew: args.anew,
            switch_anyway: args.switch_anyway,
        };
        let show = |progress: projection::Progress| {
            let stage = match progress.stage {
                Stage::Filling => "filling",
                Stage::Comparing => "comparing",
                Stage::Switching => "switching",
            };
            shower.show(
                &format!("{} {stage}", args.name),
                (progress.done, progress.of),
                Some(progress.per_second),
            );
        };
        let outcome = builder.rebuild(self.tenant, how, &show).await;
        shower.end();
        let built = outcome?;
        if self.json {
            screen::print_json(&document(&args.name, &built))?;
        } else {
            screen::print(&told(&args.name, &built))?;
        }
        let name = &args.name;
        if !built.switched {
            return Err(differs(
                "view-differs",
                format!(
                    "the new build of {name} differs from the one that serves, which still does; `wijk projection switch {name}` gives readers the new one"
                ),
            ));
        }
        if built.parked > 0 {
            return Err(parked(format!(
                "{name} is without what comes after {} events that it cannot apply; `wijk projection list` says which",
                built.parked
            )));
        }
        Ok(())
    }

    pub(super) async fn rebuild_stream(&self, name: &str, stream: &StreamId) -> anyhow::Result<()> {
        let builder = self.runner.builder(name)?;
        let rebuilt = builder.rebuild_stream(self.tenant, stream).await?;
        if rebuilt.is_empty() {
            return Err(failed(
                "not-built",
                format!(
                    "no build of the view {name} follows the log, so there is none to build {stream} anew in; `wijk projection rebuild {name}` makes one"
                ),
            ));
        }
        if rebuilt.iter().all(|build| build.events == 0) {
            return Err(failed(
                "unknown-stream",
                format!(
                    "the view {name} stands before the first event of {stream}, or there is none"
                ),
            ));
        }
        let results: Vec<_> = rebuilt
            .into_iter()
            .map(|build| StreamDocument {
                slot: build.slot.as_str(),
                events: build.events,
                position: build.position,
                error: build.poison.map(|poison| poison.to_string()),
            })
            .collect();
        let incomplete = results.iter().any(|build| build.error.is_some());
        if self.json {
            screen::print_json(&results)?;
        } else {
            screen::print(&Self::streams_told(name, stream, &results))?;
        }
        if incomplete {
            return Err(parked(format!(
                "{name} cannot apply {stream} whole; it is parked"
            )));
        }
        Ok(())
    }

    fn streams_told(name: &str, stream: &StreamId, results: &[StreamDocument]) -> String {
        let lines = results.iter().map(|build| match &build.error {
            None => format!(
                "{name} ({}): built {stream} anew from {} events, up to position {}.\n",
                build.slot, build.events, build.position
            ),
            Some(error) => format!("{name} ({}): parked {error}\n", build.slot),
        });
        lines.collect()
    }

    pub(super) async fn switch(&self, name: &str) -> anyhow::Result<()> {
        let switched = self.runner.builder(name)?.switch(self.tenant).await?;
        if self.json {
            return screen::print_json(&SwitchedDocument {
                name,
                from: switched.from.as_str(),
                to: switched.to.as_str(),
                position: switched.position,
            });
        }
        screen::print(&format!(
            "Readers of {name} are given the {} build, at position {}; the {} one is kept up to date.\n",
            switched.to, switched.position, switched.from
        ))
    }

    pub(super) async fn compare(&self, args: &CompareArgs, pool: &PgPool) -> anyhow::Result<()> {
        let builder = self.runner.builder(&args.name)?;
        let comparison = if args.from_log || args.served_version.is_some() {
            let all = readmodel::all();
            let projection = all
                .into_iter()
                .find(|projection| projection.name() == args.name)
                .ok_or_else(|| failed("unknown-projection", "there is no such view"))?;
            let version = args.served_version.unwrap_or_else(|| projection.version());
            let log = Log::new(pool.clone());
            let mut scratch = Scratch::open(log, projection, pool, self.tenant).await?;
            scratch.compare(version).await?
        } else {
            builder.compare(self.tenant).await?
        };
        if self.json {
            screen::print_json(&comparison::document(&comparison))?;
        } else {
            screen::print(&comparison::text(&args.name, &comparison))?;
        }
        if comparison.is_same() {
            return Ok(());
        }
        Err(differs(
            "view-differs",
            format!("the builds of {} differ", args.name),
        ))
    }
}

/// What is parked was printed before.
fn parked(text: String) -> anyhow::Error {
    failed("streams-parked", text)
}

fn document<'a>(name: &'a str, built: &Rebuilt) -> RebuiltDocument<'a> {
    let (outcome, stood_still_at, comparison) = match &built.compared {
        Compared::Rows(comparison) => ("compared", None, Some(comparison::document(comparison))),
        Compared::NothingServed => ("nothing-served", None, None),
        Compared::StoodStill { position } => ("stood-still", Some(*position), None),
    };
    RebuiltDocument {
        name,
        slot: built.slot.as_str(),
        position: built.position,
        resumed_at: built.resumed_at,
        parked: built.parked,
        switched: built.switched,
        stopped: built.stopped,
        outcome,
        stood_still_at,
        comparison,
    }
}

fn told(name: &str, built: &Rebuilt) -> String {
    let mut text = Vec::new();
    if let Some(position) = built.resumed_at {
        text.push(format!(
            "Went on with the rebuild that was interrupted at position {position}.\n"
        ));
    }
    text.push(match &built.compared {
        Compared::Rows(comparison) => comparison::text(name, comparison),
        Compared::NothingServed => format!("{name}: nothing served that it could be compared with.\n"),
        Compared::StoodStill { position } => format!(
            "{name}: the build that served stands still at position {position}, so it could not be compared.\n"
        ),
    });
    if built.parked > 0 {
        text.push(format!(
            "{name}: {} streams are parked; `wijk projection list` says why.\n",
            built.parked
        ));
    }
    if built.switched {
        text.push(format!(
            "Built {name} anew up to position {}; readers are given the {} build.\n",
            built.position, built.slot
        ));
    }
    if built.stopped {
        text.push(format!(
            "{name} is stopped, and so is the new build; `wijk projection start {name}` lets both go on.\n"
        ));
    }
    text.concat()
}
