//! A projection at full load: it would show an event that was missed, applied twice or out of turn.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use eventlog::{Log, Recorded, StreamId, Tenant};
use projection::{Batch, DecodeError, Projection, Runner, Table};
use sqlx::{PgConnection, PgPool, Row as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::db::TestDb;
use crate::support::event::zeeveld;

/// Counts the events of each stream, one after the other.
struct Tally;

#[async_trait]
impl Projection for Tally {
    type Event = Recorded;

    fn name(&self) -> &'static str {
        "tally"
    }

    fn version(&self) -> i32 {
        1
    }

    fn schema_sql(&self) -> &'static str {
        "create table tally (
            tenant text not null,
            stream text not null,
            events bigint not null,
            positions bigint not null,
            constraint tally_pkey primary key (tenant, stream)
        )"
    }

    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: "tally",
            key: &["stream"],
        }]
    }

    fn decode(&self, _: &Tenant, recorded: Recorded) -> Result<Recorded, DecodeError> {
        Ok(recorded)
    }

    fn recorded<'a>(&self, event: &'a Recorded) -> &'a Recorded {
        event
    }

    fn refolds(&self, _: &Recorded) -> bool {
        false
    }

    async fn apply(
        &self,
        connection: &mut PgConnection,
        batch: &Batch<'_, Recorded>,
    ) -> Result<(), sqlx::Error> {
        // An event that does not follow the one before it is not counted, so the sums come out wrong.
        for event in batch.events() {
            sqlx::query(
                "insert into tally as known (tenant, stream, events, positions)
                values ($1, $2, $3, $4)
                on conflict on constraint tally_pkey do update
                set events = known.events + 1, positions = known.positions + excluded.positions
                where known.events + 1 = excluded.events",
            )
            .bind(batch.tenant().as_str())
            .bind(event.stream.to_string())
            .bind(event.version)
            .bind(event.position)
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }

    async fn forget(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
        stream: &StreamId,
    ) -> Result<(), sqlx::Error> {
        sqlx::query("delete from tally where tenant = $1 and stream = $2")
            .bind(tenant.as_str())
            .bind(stream.to_string())
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// Two servers that both would keep the view.
pub(super) struct Tallies {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
    runner: Runner<Recorded>,
    pool: PgPool,
}

async fn open(pool: &PgPool) -> Runner<Recorded> {
    Runner::open(Log::new(pool.clone()), pool, vec![Arc::new(Tally)])
        .await
        .unwrap()
}

impl Tallies {
    pub(super) async fn start(db: &TestDb) -> Self {
        let (stop, stopped) = watch::channel(false);
        let pool = db.read_pool().await;
        let mut running = Vec::new();
        for _ in 0..2 {
            let (runner, mut stopped) = (open(&db.read_pool().await).await, stopped.clone());
            running.push(tokio::spawn(async move {
                let shutdown = async move {
                    let _either_way = stopped.wait_for(|stopped| *stopped).await;
                };
                runner.run(&zeeveld(), shutdown).await;
            }));
        }
        Self {
            stop,
            running,
            runner: open(&pool).await,
            pool,
        }
    }

    /// The view, brought to the head after all that, counts what the log holds.
    pub(super) async fn check(self, read: &[Recorded]) {
        self.stop.send_replace(true);
        for running in self.running {
            running.await.unwrap();
        }
        self.runner.catch_up(&zeeveld()).await.unwrap();
        let mut expected: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for event in read {
            let (events, positions) = expected.entry(event.stream.to_string()).or_default();
            *events += 1;
            *positions += event.position;
        }
        let status = &self.runner.status(&zeeveld()).await.unwrap()[0];
        let slot = status.slot;
        let sql = format!("select stream, events, positions from tally_v1_{slot}.tally");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_all(&self.pool)
            .await
            .unwrap();
        let found: BTreeMap<String, (i64, i64)> = rows
            .iter()
            .map(|row| (row.get("stream"), (row.get("events"), row.get("positions"))))
            .collect();
        assert_eq!(found, expected, "the projection counts every event once");
    }
}
