//! The dossier of a request: how it went and how it was decided, step by step, for the auditor.
//!
//! Steps are kept as the log has them, personal parts as ciphertext; they are decoded, folded and
//! opened when read, so that what is erased is gone from the next reading on.
// A kind of event that comes to exist is handled or named as ignored, or this does not compile.
#![deny(clippy::wildcard_enum_match_arm)]

mod open;
mod table;

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use casework::request::Request;
use casework::stored;
use casework::{Event, RequestId};
use eventlog::{Recorded, StreamId, Tenant};
use projection::{Batch, OpenError, Projection, Table, View, ViewError, WaitError};
use sqlx::{PgConnection, PgPool};
use vault::{Vault, VaultError};

use crate::as_of::Known;
use crate::document::{
    AnomalyNote, Content, DossierDocument, DossierState, Field, ImportedFrom, Step, StepSource,
};
use crate::{Decoded, Requests, decoded};

use table::{Imported, StepRow};

/// The fold from events to steps.
#[derive(Debug)]
pub struct DossierProjection;

#[async_trait]
impl Projection for DossierProjection {
    type Event = Decoded;

    fn name(&self) -> &'static str {
        "dossier"
    }

    fn version(&self) -> i32 {
        1
    }

    fn schema_sql(&self) -> &'static str {
        include_str!("../sql/dossier_v1.sql")
    }

    fn tables(&self) -> &'static [Table] {
        &[
            Table {
                name: "step",
                key: &["request_id", "version"],
            },
            Table {
                name: "imported",
                key: &["source_name", "case_number", "request_id"],
            },
        ]
    }

    fn decode(
        &self,
        _tenant: &Tenant,
        recorded: Recorded,
    ) -> Result<Decoded, projection::DecodeError> {
        Decoded::read(recorded)
    }

    fn recorded<'a>(&self, event: &'a Decoded) -> &'a Recorded {
        &event.recorded
    }

    fn refolds(&self, event: &Decoded) -> bool {
        event.corrects()
    }

    async fn apply(
        &self,
        connection: &mut PgConnection,
        batch: &Batch<'_, Decoded>,
    ) -> Result<(), sqlx::Error> {
        let tenant = batch.tenant();
        let requests = Requests::of(batch);
        let mut imported = BTreeSet::new();
        for (request, facts) in requests.iter() {
            let origins = facts.iter().filter_map(|fact| origin(request, &fact.event));
            imported.extend(origins);
        }
        let void = requests.corrected();
        table::insert_steps(connection, tenant, batch.events()).await?;
        table::delete_imported(connection, tenant, &void).await?;
        table::insert_imported(connection, tenant, imported).await
    }

    async fn forget(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
        stream: &StreamId,
    ) -> Result<(), sqlx::Error> {
        // A stream that is named after no request has no rows.
        let Ok(Some(request)) = decoded::request_of(stream) else {
            return Ok(());
        };
        table::delete_steps(connection, tenant, request).await?;
        table::delete_imported(connection, tenant, &[request.0]).await
    }
}

/// Where a request came from, if the event says so. Every event of a request is a step; no other is.
fn origin(request: RequestId, event: &Event) -> Option<Imported> {
    match event {
        Event::RequestImported(imported) => Some(Imported {
            source_name: imported.source_name.clone(),
            case_number: imported.case_number.clone(),
            request: request.0,
        }),
        Event::RequestSubmitted(_)
        | Event::RequestPlaced(_)
        | Event::TermSet(_)
        | Event::RequestAssigned(_)
        | Event::RequestDecided(_)
        | Event::DecisionRefused(_)
        | Event::MandateStated(_)
        | Event::RequestEscalated(_)
        | Event::EscalationReturned(_)
        | Event::RequestResolved(_)
        | Event::RequestReopened(_)
        | Event::RequestWithdrawn(_)
        | Event::FactCorrected(_)
        | Event::MandateGranted(_)
        | Event::MandateRevoked(_)
        | Event::WijkListed(_)
        | Event::ServicenormSet(_)
        | Event::PersonErased(_) => None,
    }
}

/// Why a dossier could not be shown. What was erased is no error.
#[derive(Debug, thiserror::Error)]
pub enum DossierError {
    /// A step was written by a newer version of the software.
    #[error("the dossier of request {request} cannot be read at version {version}: {source}")]
    Undecodable {
        /// Whose dossier.
        request: RequestId,
        /// The step.
        version: i64,
        /// Kind, schema, and what is wrong.
        source: stored::DecodeError,
    },
    /// The view does not answer.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The keys could not be had.
    #[error("the keys of the dossier's texts could not be read")]
    Vault(#[from] VaultError),
    /// The database failed.
    #[error("the database failed while a dossier was read")]
    Database(#[from] sqlx::Error),
}

/// Dossiers, to be read.
#[derive(Debug, Clone)]
pub struct Dossier {
    view: View,
    vault: Vault,
}

impl Dossier {
    /// Opens the view on a pool that works as `wijk_read`; it gets connections of its own. The vault
    /// opens what people wrote.
    pub async fn open(
        pool: &PgPool,
        vault: Vault,
        connections_max: u32,
    ) -> Result<Self, OpenError> {
        let view = View::open(&DossierProjection, pool, connections_max).await?;
        Ok(Self { view, vault })
    }

    /// Reads a view that is open: that of a runner, for example, through connections of its own.
    pub fn of(view: View, vault: Vault) -> Self {
        Self { view, vault }
    }

    /// The dossier of one request; None when the view has no step of it.
    pub async fn read(
        &self,
        tenant: &Tenant,
        request: RequestId,
    ) -> Result<Option<DossierDocument>, DossierError> {
        let mut moment = self.view.answer_from(tenant).await?;
        let known = Known::of(&moment);
        let found = Found::load(&mut moment.snapshot, tenant, request).await?;
        // The keys are another question: the moment is not held for it.
        moment.snapshot.commit().await?;
        found.open(&self.vault, tenant, known).await
    }

    /// The requests that a case of another system became; more than one only if it was imported twice
    /// under one name.
    pub async fn find_imported(
        &self,
        tenant: &Tenant,
        source_name: &str,
        case_number: &str,
    ) -> Result<Vec<RequestId>, ViewError> {
        let mut moment = self.view.answer_from(tenant).await?;
        let found = table::find_imported(&mut moment.snapshot, tenant, source_name, case_number);
        Ok(found.await?)
    }

    /// The requests that a case of this number became, whichever system it came from.
    pub async fn find_case_number(
        &self,
        tenant: &Tenant,
        case_number: &str,
    ) -> Result<Vec<RequestId>, ViewError> {
        let mut moment = self.view.answer_from(tenant).await?;
        Ok(table::find_case_number(&mut moment.snapshot, tenant, case_number).await?)
    }

    /// Waits until the view holds the event at `position`, so that a caller reads its own write.
    pub async fn wait_for(
        &self,
        tenant: &Tenant,
        position: i64,
        timeout: Duration,
    ) -> Result<(), WaitError> {
        self.view.wait_for(tenant, position, timeout).await
    }
}

/// What the tables say of a request, still encrypted.
pub(crate) struct Found {
    request: RequestId,
    steps: Vec<StepRow>,
    imported_from: Option<ImportedFrom>,
}

impl Found {
    /// Reads whatever tables the connection sees.
    pub(crate) async fn load(
        connection: &mut PgConnection,
        tenant: &Tenant,
        request: RequestId,
    ) -> Result<Self, sqlx::Error> {
        Ok(Self {
            request,
            steps: table::load_steps(connection, tenant, request).await?,
            imported_from: table::load_imported(connection, tenant, request).await?,
        })
    }

    /// Makes the dossier of it; None without a single step.
    pub(crate) async fn open(
        self,
        vault: &Vault,
        tenant: &Tenant,
        known: Known,
    ) -> Result<Option<DossierDocument>, DossierError> {
        let request = self.request;
        if self.steps.is_empty() {
            return Ok(None);
        }
        let fields = open::open(vault, tenant, request, &self.steps).await?;
        let mut folded = Request::default();
        let mut steps = Vec::with_capacity(self.steps.len());
        for (row, fields) in self.steps.into_iter().zip(fields) {
            let undecodable = |source| DossierError::Undecodable {
                request,
                version: row.version,
                source,
            };
            let event = stored::decode(&row.kind, row.schema, &row.payload).map_err(undecodable)?;
            let content = Content::of(&event).map_err(undecodable)?;
            folded = folded.evolve(row.event_id, row.occurred_at, &event);
            steps.push(step(row, content, fields));
        }
        mark(&mut steps, &folded);
        Ok(Some(DossierDocument {
            request,
            imported_from: self.imported_from,
            state: state(&folded),
            steps,
            position: known.position,
            incomplete: known.parked,
        }))
    }
}

fn step(row: StepRow, content: Content, fields: Vec<Field>) -> Step {
    Step {
        position: row.position,
        version: row.version,
        event_id: row.event_id,
        kind: row.kind,
        schema: row.schema,
        occurred_at: row.occurred_at,
        precision: row.precision,
        recorded_at: row.recorded_at,
        actor: row.actor,
        on_behalf_of: row.on_behalf_of,
        correlation: row.correlation,
        causation: row.causation,
        command_id: row.command_id,
        source: stored::source_of(&row.payload).map(|source| StepSource {
            name: source.name,
            record: source.record,
        }),
        content,
        fields,
        anomalies: Vec::new(),
    }
}

/// Puts each oddity of the history at the step it was met at.
fn mark(steps: &mut [Step], folded: &Request) {
    for anomaly in &folded.anomalies {
        let note = AnomalyNote {
            code: anomaly.oddity.code().to_owned(),
        };
        if let Some(step) = steps
            .iter_mut()
            .find(|step| step.version == anomaly.version)
        {
            step.anomalies.push(note);
        }
    }
}

fn state(folded: &Request) -> DossierState {
    let decision = folded.decision.as_ref();
    DossierState {
        state: folded.state().as_str().to_owned(),
        version: folded.version(),
        wijk: folded.placement.wijk.clone(),
        domain: folded.domain,
        submitted_at: folded.submitted_at,
        outcome: decision.map(|decision| decision.outcome),
        under_mandate: decision.and_then(|decision| decision.under_mandate),
    }
}
