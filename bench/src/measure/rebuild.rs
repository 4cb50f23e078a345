//! The queue from the whole log, while readers are served.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use eventlog::Role;
use projection::{Builder, Compared, Rebuild, Stage};
use readmodel::Decoded;
use readmodel::queue::{Page, Queue, QueueProjection};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::task::JoinHandle;

use super::Effort;
use crate::drive::{Sample, rate};
use crate::figures::{Case, Goal};
use crate::raw::TENANT;
use crate::server::{Database, Server, tenant};

/// Memory the raw statement may sort and hash in: enough to need no file.
const WORK_MEM: &str = "set work_mem = '1GB'";

/// Between two looks of the reader: more often, and it would be the reader that is measured.
const LOOK_AFTER: Duration = Duration::from_millis(5);

pub(crate) async fn run(server: &Server, effort: &Effort) -> anyhow::Result<Vec<Case>> {
    let database = server.history(effort.history_events).await?;
    let log = database.log(16).await?;
    let pool = eventlog::connect(database.url(), Role::Read, 16).await?;
    let builder = Builder::open(log, Arc::new(QueueProjection), &pool).await?;
    // The first build, which then serves while others are made.
    let first = rebuild(&builder, effort).await?;
    let mut limit = database.connection().await?;
    prepare_limit(&mut limit).await?;
    let reader = Reader::begin(Queue::open(&pool, 2).await?).await?;
    let (mut raw, mut filled, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..effort.long_rounds {
        for turn in 0..2 {
            database.settle().await?;
            if (round + turn) % 2 == 0 {
                raw.push(insert_limit(&mut limit, effort).await?);
                continue;
            }
            let built = rebuild(&builder, effort).await?;
            filled.push(built.filled);
            whole.push(built.whole);
        }
    }
    let looks = reader.end().await?;
    check_equal(database, first.schema).await?;
    limit.close().await?;
    let group = format!("{} events", effort.history_events);
    let raw = Case::new(&group, "raw INSERT..SELECT", "events/s", &raw);
    let filled = Case::new(&group, "ours, filling alone", "events/s", &filled);
    let whole = Case::new(
        &group,
        "ours, filled, compared row by row and switched",
        "events/s",
        &whole,
    );
    Ok(vec![
        whole
            .beside(&raw, Some(Goal::AtLeast(0.75)))
            .aside("looks of the reader", looks.all, None)
            .aside("looks at a gap", looks.gaps, Some(Goal::AtMost(0.0))),
        filled.beside(&raw, None),
        raw,
    ])
}

struct Built {
    filled: Sample,
    whole: Sample,
    schema: String,
}

async fn rebuild(builder: &Builder<Decoded>, effort: &Effort) -> anyhow::Result<Built> {
    let begin = Instant::now();
    let filled = Mutex::new(None);
    let how = Rebuild {
        anew: true,
        ..Rebuild::default()
    };
    let tenant = tenant()?;
    let show = |progress: projection::Progress| {
        if progress.stage != Stage::Filling
            && let Ok(mut filled) = filled.lock()
        {
            filled.get_or_insert_with(|| begin.elapsed());
        }
    };
    // On the heap: it holds what every worker is working on.
    let rebuilt = Box::pin(builder.rebuild(&tenant, how, &show)).await?;
    let whole = begin.elapsed();
    if let Compared::Rows(compared) = &rebuilt.compared {
        ensure!(
            compared.is_same(),
            "the rebuilt queue differs: {compared:?}"
        );
    }
    ensure!(rebuilt.switched, "the rebuilt queue was not switched to");
    ensure!(
        usize::try_from(rebuilt.position)? == effort.history_events,
        "the rebuilt queue stands at {}",
        rebuilt.position
    );
    let filled = filled.into_inner().ok().flatten();
    let sample = |elapsed| Sample {
        per_s: rate(effort.history_events, elapsed),
        latencies: Vec::new(),
    };
    Ok(Built {
        filled: sample(filled.context("the rebuild never came to comparing")?),
        whole: sample(whole),
        schema: format!("queue_v1_{}", rebuilt.slot),
    })
}

/// A table with the columns, keys, checks and indexes of the view's own.
async fn prepare_limit(limit: &mut PgConnection) -> anyhow::Result<()> {
    for statement in [
        WORK_MEM,
        "create table limit_request (like queue_v1_blue.request including all)",
    ] {
        sqlx::query(statement).execute(&mut *limit).await?;
    }
    Ok(())
}

async fn insert_limit(limit: &mut PgConnection, effort: &Effort) -> anyhow::Result<Sample> {
    sqlx::query("truncate limit_request")
        .execute(&mut *limit)
        .await?;
    let begin = Instant::now();
    sqlx::query(include_str!("../../sql/insert_limit_rows.sql"))
        .bind(TENANT)
        .execute(limit)
        .await?;
    Ok(Sample {
        per_s: rate(effort.history_events, begin.elapsed()),
        latencies: Vec::new(),
    })
}

/// Both ways must have come to the same rows, else one of them did less.
async fn check_equal(database: &Database, schema: String) -> anyhow::Result<()> {
    let statement = format!(
        "select count(*)
         from (
             (table {schema}.request except table limit_request)
             union all
             (table limit_request except table {schema}.request)
         ) as different"
    );
    let different: i64 = sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_one(&mut database.connection().await?)
        .await?;
    ensure!(
        different == 0,
        "{different} rows of the raw statement differ from the view's"
    );
    Ok(())
}

/// Someone who looks at the queues all the time, while the log stands still: every look must show the same.
struct Reader {
    looking: JoinHandle<()>,
    ended: Arc<AtomicBool>,
    looks: Arc<[AtomicU64; 2]>,
}

struct Looks {
    all: f64,
    gaps: f64,
}

impl Reader {
    async fn begin(queue: Queue) -> anyhow::Result<Self> {
        let tenant = tenant()?;
        let whole = queue.overview(&tenant).await?;
        ensure!(!whole.queues.is_empty(), "there is nothing to look at");
        let ended = Arc::new(AtomicBool::new(false));
        let looks = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
        let looking = tokio::spawn({
            let (ended, looks) = (Arc::clone(&ended), Arc::clone(&looks));
            async move {
                let total: i64 = whole.queues.iter().map(|queue| queue.open).sum();
                let wijk = whole.queues[0].wijk.clone();
                while !ended.load(Ordering::Relaxed) {
                    let overview = queue.overview(&tenant).await;
                    let page = queue.page(&tenant, wijk.as_ref(), Page::default()).await;
                    let as_ever = overview.is_ok_and(|seen| {
                        seen.position == whole.position
                            && total == seen.queues.iter().map(|queue| queue.open).sum::<i64>()
                    }) && page.is_ok_and(|seen| {
                        seen.position == whole.position && seen.total == whole.queues[0].open
                    });
                    looks[0].fetch_add(1, Ordering::Relaxed);
                    looks[1].fetch_add(u64::from(!as_ever), Ordering::Relaxed);
                    tokio::time::sleep(LOOK_AFTER).await;
                }
            }
        });
        Ok(Self {
            looking,
            ended,
            looks,
        })
    }

    async fn end(self) -> anyhow::Result<Looks> {
        self.ended.store(true, Ordering::Relaxed);
        self.looking.await?;
        let count = |at: usize| -> anyhow::Result<f64> {
            let count = self.looks[at].load(Ordering::Relaxed);
            Ok(f64::from(u32::try_from(count)?))
        };
        Ok(Looks {
            all: count(0)?,
            gaps: count(1)?,
        })
    }
}
