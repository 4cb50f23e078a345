//! `wijk queue`.

use std::str::FromStr;

use casework::WijkCode;
use clap::Args;
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
    let (_runner, pool) = session.views(&tenant).await?;
    let areas = session.dispatch().area_list(&tenant).await?;
    let view = Queue::open(&pool, 1).await?;
    let Some(Which(wijk)) = args.queue else {
        let overview = view.overview(&tenant).await?;
        return if global.json {
            screen::print_json(&overview)
        } else {
            screen::print(&show::queue::overview(&overview, &areas))
        };
    };
    let page = Page {
        offset: (args.page - 1).saturating_mul(QueuePage::ROWS),
        limit: QueuePage::ROWS,
    };
    let queue = view.page(&tenant, wijk.as_ref(), page).await?;
    if queue.total == 0
        && let Some(wijk) = wijk.filter(|wijk| areas.get(wijk).is_none())
    {
        return Err(unknown_wijk(&wijk));
    }
    if global.json {
        screen::print_json(&QueuePage::of(queue, args.page))
    } else {
        screen::print(&show::queue::page(&queue, &areas))
    }
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
