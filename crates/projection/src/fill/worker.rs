//! One worker of a fill: applies the pieces it is handed, each with its own progress.

use std::sync::Arc;

use eventlog::Recorded;
use sqlx::PgConnection;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Site;
use super::step::Fold;
use crate::parking::Before;
use crate::{Key, RebuildError};

/// What a worker is handed: the events of its streams, and up to where these are all.
pub(super) struct Piece {
    pub(super) events: Vec<Recorded>,
    pub(super) up_to: i64,
}

/// One worker, on connections of its own.
pub(super) struct Worker<E> {
    site: Arc<Site<E>>,
    holder: Uuid,
    part: usize,
    position: i64,
}

impl<E: Send + Sync + 'static> Worker<E> {
    pub(super) fn new(site: Arc<Site<E>>, holder: Uuid, part: usize, position: i64) -> Self {
        Self {
            site,
            holder,
            part,
            position,
        }
    }

    /// Applies pieces until there are no more, and says after each where it stands.
    pub(super) async fn run(
        mut self,
        mut pieces: mpsc::Receiver<Piece>,
        told: mpsc::UnboundedSender<(usize, i64)>,
    ) -> Result<(), RebuildError> {
        let site = Arc::clone(&self.site);
        let pool = site.view.pool(site.slot);
        let key = site.view.key(&site.tenant, site.slot);
        let fold = Fold {
            log: &site.log,
            projection: site.projection.as_ref(),
            tenant: &site.tenant,
        };
        let refused = |error| RebuildError::of(key.name, error);
        let mut connection = pool.acquire().await?;
        let known = key.parked_streams(&mut connection).await?;
        drop(connection);
        let mut parked = crate::parking::set(known);
        while let Some(piece) = pieces.recv().await {
            let portion = fold.decode(piece.events, &parked).await.map_err(refused)?;
            let mut transaction = pool.begin().await?;
            self.advance(key, &mut transaction, piece.up_to).await?;
            if let Some(portion) = portion {
                let applied = fold.apply(&mut transaction, &portion, &mut parked).await;
                let poison = applied.map_err(refused)?;
                key.park(&mut transaction, &poison, Before::default())
                    .await?;
            }
            transaction.commit().await?;
            self.position = piece.up_to;
            // Nobody listens any more once the fill has failed elsewhere.
            let _nobody_listens = told.send((self.part, self.position));
        }
        Ok(())
    }

    /// Moves its row, and makes sure that the fill is still this one's.
    ///
    /// Two statements, in this order: another fill that took over has locked the row before it read it, so
    /// whoever comes after that sees in a new snapshot that its turn is over.
    async fn advance(
        &self,
        key: Key<'_>,
        connection: &mut PgConnection,
        up_to: i64,
    ) -> Result<(), RebuildError> {
        let moved = sqlx::query(include_str!("../../sql/advance_fill.sql"))
            .bind(key.tenant.as_str())
            .bind(key.name)
            .bind(key.version)
            .bind(key.slot.as_str())
            .bind(i32::try_from(self.part).unwrap_or(i32::MAX))
            .bind(self.position)
            .bind(up_to)
            .execute(&mut *connection)
            .await?;
        let ours = moved.rows_affected() == 1 && key.is_filled_by(connection, self.holder).await?;
        if ours {
            Ok(())
        } else {
            Err(RebuildError::TakenOver { name: key.name })
        }
    }
}
