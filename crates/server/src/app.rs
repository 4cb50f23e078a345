//! What every handler works with.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use dispatch::Dispatch;
use eventlog::{Log, ReadError, Tenant};
use projection::ProjectionError;
use readmodel::Runner;
use readmodel::dossier::Dossier;
use readmodel::evaluation::Evaluation;
use readmodel::queue::Queue;
use sqlx::PgPool;
use uuid::Uuid;

use crate::token::TokenKey;

/// Connections that answer questions, for each view.
const VIEW_CONNECTIONS_MAX: u32 = 4;

/// The way of commands, the views, and the key that tokens are checked with. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    dispatch: Dispatch,
    queue: Queue,
    dossier: Dossier,
    evaluation: Evaluation,
    runner: Runner,
    tokens: TokenKey,
    /// Tenants that were seen to exist; they never go away.
    tenants: RwLock<HashSet<Tenant>>,
}

impl App {
    /// Opens the views on a pool that works as `wijk_read`; commands go through `dispatch`.
    pub async fn open(
        dispatch: Dispatch,
        read: &PgPool,
        tokens: TokenKey,
    ) -> Result<Self, ProjectionError> {
        // The projections read the log as a reader, with connections that no command waits for.
        let runner = readmodel::open_runner(Log::new(read.clone()), read).await?;
        // Readers hear from the runner how far it is, and have connections that it does not wait for.
        let view =
            |name| Ok::<_, ProjectionError>(runner.view(name)?.for_readers(VIEW_CONNECTIONS_MAX));
        let (queue, dossier, evaluation) = (view("queue")?, view("dossier")?, view("evaluation")?);
        Ok(Self(Arc::new(Inner {
            queue: Queue::of(queue),
            dossier: Dossier::of(dossier, dispatch.vault().clone()),
            evaluation: Evaluation::of(evaluation),
            dispatch,
            runner,
            tokens,
            tenants: RwLock::default(),
        })))
    }

    pub(crate) fn dispatch(&self) -> &Dispatch {
        &self.0.dispatch
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    pub(crate) fn dossier(&self) -> &Dossier {
        &self.0.dossier
    }

    pub(crate) fn evaluation(&self) -> &Evaluation {
        &self.0.evaluation
    }

    pub(crate) fn runner(&self) -> &Runner {
        &self.0.runner
    }

    pub(crate) fn tokens(&self) -> &TokenKey {
        &self.0.tokens
    }

    pub(crate) fn new_id(&self) -> Uuid {
        self.0.dispatch.new_id()
    }

    /// Whether there is such a municipality.
    pub(crate) async fn knows(&self, tenant: &Tenant) -> Result<bool, ReadError> {
        let known = self
            .0
            .tenants
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(tenant);
        if known {
            return Ok(true);
        }
        match self.dispatch().log().head(tenant).await {
            Ok(_) => {
                self.0
                    .tenants
                    .write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(tenant.clone());
                Ok(true)
            }
            Err(ReadError::UnknownTenant(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
