//! `wijk queue`.

use std::str::FromStr;

use casework::WijkCode;
use clap::Args;
use eventlog::Tenant;
use readmodel::When;
use readmodel::document::{QueueDocument, QueueOverview};
use readmodel::queue::{Page, Queue};
use server::document::QueuePage;

use crate::args::Global;
use crate::database::Need;
use crate::failure::failed;
use crate::screen;
use crate::session::Session;
use crate::show;

/// Which queue.
#[derive(Debug, Args)]
pub(crate) struct QueueArgs {
    /// The wijk, as its CBS code such as WK039203, or `intake` for requests whose wijk is not known. Without it: how
    /// much is open in each.
    queue: Option<Which>,
    /// The page, of 100 requests each.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..))]
    page: i64,
    /// As it was known then: a time such as 2026-06-30T22:00:00Z, or position:NUMBER.
    #[arg(long, value_name = "MOMENT")]
    as_of: Option<When>,
}

/// A wijk's queue, or the intake's.
#[derive(Debug, Clone)]
pub(crate) struct Which(Option<WijkCode>);

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "intake" {
            return Ok(Self(None));
        }
        WijkCode::new(text)
            .map(|wijk| Self(Some(wijk)))
            .map_err(|error| format!("{error}; or `intake`"))
    }
}

pub(crate) async fn run(global: &Global, args: QueueArgs) -> anyhow::Result<()> {
    let session = Session::open(global, Need::Filled).await?;
    let tenant = session.tenant().await?;
    let areas = session.dispatch().area_list(&tenant).await?;
    let page = Page {
        offset: (args.page - 1).saturating_mul(QueuePage::ROWS),
        limit: QueuePage::ROWS,
    };
    match (answer(&session, &tenant, &args, page).await?, args.queue) {
        (Answer::Overview(overview), _) => {
            if global.json {
                screen::print_json(&overview)
            } else {
                let text = show::queue::overview(&overview, &areas);
                screen::print(&show::as_of(args.as_of, overview.position, text))
            }
        }
        (Answer::Page(queue), which) => {
            if queue.total == 0
                && let Some(wijk) = which
                    .and_then(|Which(wijk)| wijk)
                    .filter(|wijk| areas.get(wijk).is_none())
            {
                return Err(unknown_wijk(&wijk));
            }
            if global.json {
                screen::print_json(&QueuePage::of(queue, args.page))
            } else {
                let text = show::queue::page(&queue, &areas);
                screen::print(&show::as_of(args.as_of, queue.position, text))
            }
        }
    }
}

/// What was asked for.
enum Answer {
    Overview(QueueOverview),
    Page(QueueDocument),
}

/// Asks the view that is served, or the one of then.
async fn answer(
    session: &Session,
    tenant: &Tenant,
    args: &QueueArgs,
    page: Page,
) -> anyhow::Result<Answer> {
    let wijk = args.queue.as_ref().map(|Which(wijk)| wijk.as_ref());
    if let Some(when) = args.as_of {
        let then = session.as_of(tenant, when).await?;
        return Ok(match wijk {
            None => Answer::Overview(then.queue_overview().await?),
            Some(wijk) => Answer::Page(then.queue_page(wijk, page).await?),
        });
    }
    let (_runner, pool) = session.views(tenant).await?;
    let view = Queue::open(&pool, 1).await?;
    Ok(match wijk {
        None => Answer::Overview(view.overview(tenant).await?),
        Some(wijk) => Answer::Page(view.page(tenant, wijk, page).await?),
    })
}

/// A code that the municipality does not have.
pub(crate) fn unknown_wijk(wijk: &WijkCode) -> anyhow::Error {
    failed(
        "unknown-wijk",
        format!(
            "{wijk} is not on this municipality's list of wijken and nothing happened there; `wijk area list` shows the list"
        ),
    )
}
