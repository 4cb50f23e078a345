//! `wijk report`.

use casework::WijkCode;
use clap::Args;
use readmodel::When;
use readmodel::evaluation::{Evaluation, Period};

use crate::args::Global;
use crate::command::queue::unknown_wijk;
use crate::database::Need;
use crate::screen;
use crate::session::Session;
use crate::show;

/// Which report.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The half-year, such as 2026-H1.
    period: Period,
    /// Only this wijk, by domain.
    #[arg(long, value_name = "WIJK")]
    wijk: Option<WijkCode>,
    /// Say as well what each figure means.
    #[arg(long)]
    definitions: bool,
    /// As it was known then: a time such as 2026-06-30T22:00:00Z, or position:NUMBER.
    #[arg(long, value_name = "MOMENT")]
    as_of: Option<When>,
}

pub(crate) async fn run(global: &Global, args: ReportArgs) -> anyhow::Result<()> {
    let session = Session::open(global, Need::Filled).await?;
    let tenant = session.tenant().await?;
    let areas = session.dispatch().area_list(&tenant).await?;
    let mut report = if let Some(when) = args.as_of {
        let then = session.as_of(&tenant, when).await?;
        then.report(&args.period).await?
    } else {
        let (_runner, pool) = session.views(&tenant).await?;
        let view = Evaluation::open(&pool, 1).await?;
        view.report(&tenant, &args.period).await?
    };
    if let Some(wijk) = &args.wijk {
        let there = report
            .by_wijk
            .iter()
            .any(|row| row.wijk.as_ref() == Some(wijk));
        if !there && areas.get(wijk).is_none() {
            return Err(unknown_wijk(wijk));
        }
    }
    if global.json {
        if let Some(wijk) = &args.wijk {
            report.by_wijk.retain(|row| row.wijk.as_ref() == Some(wijk));
            report
                .by_wijk_and_domain
                .retain(|row| row.wijk.as_ref() == Some(wijk));
        }
        return screen::print_json(&report);
    }
    let mut text = match &args.wijk {
        Some(wijk) => show::report::of_wijk(&report, wijk, &areas),
        None => show::report::report(&report, &areas),
    };
    if args.definitions {
        text.push_str(&show::report::definitions(&report));
    }
    screen::print(&show::as_of(args.as_of, report.position, text))
}
