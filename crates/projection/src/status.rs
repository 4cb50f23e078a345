//! Where the builds of a view stand, for the operator.

use std::time::Duration;

use eventlog::Tenant;
use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::{Parked, Slot, View};

/// Parked streams that are listed; all are counted.
const PARKED_LISTED_MAX: i64 = 100;

/// What a build is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A runner keeps it up to date.
    Running,
    /// No runner does at this moment: none runs, or one ended and its lease has not run out yet.
    Idle,
    /// It failed and is tried again.
    Restarting,
    /// It was given up: it waits for the operator, or for another server to try.
    Halted,
    /// The operator stopped it.
    Stopped,
    /// A rebuild fills it.
    Filling,
}

/// Where one build of a view stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// Name of the view.
    pub name: &'static str,
    /// Its version.
    pub version: i32,
    /// Which of the two builds.
    pub slot: Slot,
    /// Whether readers are given it.
    pub serving: bool,
    /// What it is doing.
    pub state: State,
    /// Position of the last event its rows hold.
    pub position: i64,
    /// When the log came to know of that event; None before the first.
    pub recorded_at: Option<Timestamp>,
    /// Position of the last event of the log.
    pub head: i64,
    /// How long the oldest event it does not hold has been in the log, by the database's clock; zero when
    /// it holds all.
    pub behind: Duration,
    /// Why it last failed, until it gets on.
    pub error: Option<String>,
    /// How often in a row it failed without getting on.
    pub restarts: i32,
    /// How many streams are put aside.
    pub parked_count: i64,
    /// The first hundred of them, by where they stopped.
    pub parked: Vec<Parked>,
}

impl Status {
    /// How many events it is behind.
    pub fn lag(&self) -> i64 {
        (self.head - self.position).max(0)
    }

    /// Every build of a view, the serving one first; `head` was read before.
    pub(crate) async fn read(
        view: &View,
        tenant: &Tenant,
        head: i64,
    ) -> Result<Vec<Self>, sqlx::Error> {
        let mut connection = view.pool(Slot::Blue).acquire().await?;
        let rows = sqlx::query(include_str!("../sql/read_status.sql"))
            .bind(tenant.as_str())
            .bind(view.name())
            .bind(view.version())
            .fetch_all(&mut *connection)
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut status = Self::of(view, row, head)?;
            if status.parked_count > 0 {
                status.parked = view
                    .key(tenant, status.slot)
                    .list_parked(&mut connection, PARKED_LISTED_MAX)
                    .await?;
            }
            found.push(status);
        }
        Ok(found)
    }

    fn of(view: &View, row: &PgRow, head: i64) -> Result<Self, sqlx::Error> {
        let position: i64 = row.try_get("position")?;
        let behind_s: Option<f64> = row.try_get("lag_s")?;
        let slot: &str = row.try_get("slot")?;
        Ok(Self {
            name: view.name(),
            version: view.version(),
            slot: slot
                .parse()
                .map_err(|unknown| sqlx::Error::Decode(Box::new(unknown)))?,
            serving: row.try_get("serving")?,
            state: state(row)?,
            position,
            recorded_at: row
                .try_get::<Option<jiff_sqlx::Timestamp>, _>("recorded_at")?
                .map(jiff_sqlx::Timestamp::to_jiff),
            // The view may have moved on after the head was read.
            head: head.max(position),
            behind: Duration::try_from_secs_f64(behind_s.unwrap_or_default()).unwrap_or_default(),
            error: row.try_get("error")?,
            restarts: row.try_get("restarts")?,
            parked_count: row.try_get("parked")?,
            parked: Vec::new(),
        })
    }
}

fn state(row: &PgRow) -> Result<State, sqlx::Error> {
    let is = |column| row.try_get::<bool, _>(column);
    Ok(if !is("live")? {
        State::Filling
    } else if is("stopped")? {
        State::Stopped
    } else if is("halted")? {
        State::Halted
    } else if row.try_get::<i32, _>("restarts")? > 0 {
        State::Restarting
    } else if is("led")? {
        State::Running
    } else {
        State::Idle
    })
}
