//! Restoring: a history with its own positions, times and outcomes, into a log that has none.

use jiff::Timestamp;
use sqlx::{Acquire as _, PgConnection, Row as _};

use crate::event::timestamp;
use crate::load::{lock_log, move_head};
use crate::{Head, Log, Tenant};

mod chunk;
mod commands;
mod error;

use chunk::{Chunk, follow};
pub use commands::{Commands, RecordedCommand};
pub use error::RestoreError;

/// Events and bytes of entries that are written in one transaction; one command that has more goes alone.
const CHUNK_EVENTS: i64 = 10_000;
const CHUNK_BYTES: usize = 16 << 20;

/// A restore under way.
///
/// It writes as it goes, so memory stays flat and a restore that breaks off can be taken up: begin again,
/// give the same history again, and what is stored is compared and not written twice.
/// The head stays at 0 until [`Restore::finish`]. Until then an append would write position 1, which is
/// taken, so the database refuses it: nobody decides on half a history.
#[derive(Debug)]
pub struct Restore {
    log: Log,
    tenant: Tenant,
    /// Where an earlier restore broke off.
    stored: Place,
    /// What that one wrote, to be compared with what is given.
    comparing: Option<Commands>,
    /// Where this one is.
    given: Place,
    /// The database's clock when it began.
    clock: Timestamp,
    chunk: Chunk,
}

/// A place in the log: its last position, and when that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) position: i64,
    pub(crate) recorded_at: Option<Timestamp>,
}

impl Place {
    const BEGIN: Self = Self {
        position: 0,
        recorded_at: None,
    };
}

impl Log {
    /// Begins to restore the history of a tenant, which was created and has none, or takes up a restore
    /// that broke off.
    ///
    /// Keeps positions, versions, times, command ids and outcomes as they are given, and checks every law
    /// of the log: see [`RestoreError`]. The keys of encrypted parts are not the log's and come by a way
    /// of their own.
    pub async fn restore(&self, tenant: &Tenant) -> Result<Restore, RestoreError> {
        let head = self.head(tenant).await?;
        if head.position > 0 {
            return Err(RestoreError::NotEmpty {
                tenant: tenant.clone(),
                events: head.position,
            });
        }
        let mut connection = self.pool().acquire().await?;
        let stored = read_last(&mut connection, tenant).await?;
        let comparing = (stored.position > 0).then(|| {
            let replay = self.replay_stored(tenant, 0, stored.position);
            Commands::of(self, tenant, replay)
        });
        Ok(Restore {
            log: self.clone(),
            tenant: tenant.clone(),
            stored,
            comparing,
            given: Place::BEGIN,
            clock: read_clock(&mut connection).await?,
            chunk: Chunk::default(),
        })
    }
}

impl Restore {
    /// Position of the last event that was given; 0 before the first.
    pub fn position(&self) -> i64 {
        self.given.position
    }

    /// Position of the last event that an earlier restore of this tenant stored; 0 if there was none.
    pub fn stored(&self) -> i64 {
        self.stored.position
    }

    /// The database's clock when this began; nothing can have been recorded after it.
    pub fn clock(&self) -> Timestamp {
        self.clock
    }

    /// Takes what an earlier restore stored as given, so that the next command is the one after it.
    ///
    /// For a caller that has found out in another way that it was the same history; anything else belongs
    /// given again, and is compared then.
    pub fn skip_stored(&mut self) {
        if self.given.position < self.stored.position {
            self.given = self.stored;
            self.comparing = None;
        }
    }

    /// Takes the next command of the history, and writes when enough has gathered.
    ///
    /// After an error this value is of no more use: the restore is begun anew and given everything again,
    /// which compares what was stored and goes on behind it.
    pub async fn push(&mut self, command: RecordedCommand) -> Result<(), RestoreError> {
        let place = follow(self.given, &command)?;
        if self.given.position < self.stored.position {
            self.compare(&command).await?;
            if place.position >= self.stored.position {
                // Its connection is of use to others now.
                self.comparing = None;
            }
        } else {
            self.chunk.push(&self.tenant, command)?;
        }
        self.given = place;
        if self.chunk.events() >= CHUNK_EVENTS || self.chunk.bytes() >= CHUNK_BYTES {
            self.checkpoint().await?;
        }
        Ok(())
    }

    /// Writes what was given so far: should the restore break off now, this is where it is taken up.
    pub async fn checkpoint(&mut self) -> Result<(), RestoreError> {
        if self.chunk.events() == 0 {
            return Ok(());
        }
        let before = self.given.position - self.chunk.events();
        let mut connection = self.log.pool().acquire().await?;
        let mut transaction = connection.begin().await?;
        let clock = self.lock(&mut transaction, before).await?;
        let written = self
            .chunk
            .write(&mut transaction, &self.tenant, before, clock)
            .await;
        match written {
            Ok(()) => transaction.commit().await?,
            Err(error) => {
                // Gone or not, the chunk goes with the transaction.
                let _gone_anyway = transaction.rollback().await;
                let (log, tenant) = (&self.log, &self.tenant);
                return Err(self.chunk.blame(log, tenant, before, error).await);
            }
        }
        self.chunk = Chunk::default();
        Ok(())
    }

    /// Writes the rest and opens the log: from here on it is like any other, and takes appends.
    pub async fn finish(mut self) -> Result<Head, RestoreError> {
        self.checkpoint().await?;
        let given = self.given;
        if given.position < self.stored.position {
            return Err(RestoreError::Short {
                given: given.position,
                stored: self.stored.position,
            });
        }
        if let Some(recorded_at) = given.recorded_at {
            let mut connection = self.log.pool().acquire().await?;
            let mut transaction = connection.begin().await?;
            self.lock(&mut transaction, given.position).await?;
            move_head(&mut transaction, &self.tenant, given.position, recorded_at).await?;
            transaction.commit().await?;
            self.log
                .announce(&self.tenant, &self.log.lane(&self.tenant));
        }
        Ok(Head {
            position: given.position,
            recorded_at: given.recorded_at,
        })
    }

    async fn compare(&mut self, command: &RecordedCommand) -> Result<(), RestoreError> {
        let stored = match &mut self.comparing {
            Some(comparing) => comparing.next().await?,
            None => None,
        };
        if stored.as_ref() == Some(command) {
            return Ok(());
        }
        Err(RestoreError::Differs {
            position: self.given.position + 1,
        })
    }

    /// Locks the log, which has to be as this restore left it; the database's clock.
    async fn lock(
        &self,
        connection: &mut PgConnection,
        expected: i64,
    ) -> Result<Timestamp, RestoreError> {
        let unknown = || crate::ReadError::UnknownTenant(self.tenant.clone());
        let (events, clock) = lock_log(connection, &self.tenant)
            .await?
            .ok_or_else(unknown)?;
        if events > 0 {
            return Err(RestoreError::NotEmpty {
                tenant: self.tenant.clone(),
                events,
            });
        }
        let stored = read_last(connection, &self.tenant).await?.position;
        if stored != expected {
            return Err(RestoreError::Overtaken { expected, stored });
        }
        Ok(clock)
    }
}

async fn read_clock(connection: &mut PgConnection) -> Result<Timestamp, sqlx::Error> {
    let clock: jiff_sqlx::Timestamp = sqlx::query_scalar("select clock_timestamp()")
        .fetch_one(connection)
        .await?;
    Ok(clock.to_jiff())
}

async fn read_last(connection: &mut PgConnection, tenant: &Tenant) -> Result<Place, sqlx::Error> {
    let row = sqlx::query(include_str!("../sql/read_last.sql"))
        .bind(tenant.as_str())
        .fetch_optional(connection)
        .await?;
    row.map_or(Ok(Place::BEGIN), |row| {
        Ok(Place {
            position: row.try_get("position")?,
            recorded_at: Some(timestamp(&row, "recorded_at")?),
        })
    })
}
