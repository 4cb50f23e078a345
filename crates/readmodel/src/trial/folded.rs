//! What the rules make of every stream.

use std::collections::BTreeMap;

use casework::area::Areas;
use casework::mandate::Register;
use casework::norm::Norms;
use casework::person::Person;
use casework::request::{Request, State};
use casework::stored;
use eventlog::Tenant;
use futures_util::TryStreamExt as _;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::Decoded;

/// What the rules make of the log, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// Requests by where they stand.
    pub requests: BTreeMap<&'static str, u64>,
    /// What is odd about their histories, by code.
    pub anomalies: BTreeMap<&'static str, u64>,
    /// The mandate register.
    pub mandates: Register,
    /// The list of wijken.
    pub areas: Areas,
    /// The service norms.
    pub norms: Norms,
    /// People whose key is destroyed.
    pub erased: u64,
}

impl Folded {
    /// Folds an event of a register; those of requests come later, request by request.
    pub(super) fn register(&mut self, decoded: &Decoded) {
        let stream = &decoded.recorded.stream;
        match (stream.kind.as_str(), stream.id.as_str()) {
            Register::STREAM => {
                self.mandates = std::mem::take(&mut self.mandates).evolve(&decoded.event);
            }
            Areas::STREAM => {
                self.areas = std::mem::take(&mut self.areas).evolve(&decoded.event);
            }
            Norms::STREAM => {
                self.norms = std::mem::take(&mut self.norms).evolve(&decoded.event);
            }
            (Person::STREAM_KIND, _) => {
                let person = Person::default().evolve(&decoded.event);
                self.erased += u64::from(person.may_be_recorded().is_err());
            }
            _ => {}
        }
    }

    /// Folds every request from the steps of its dossier, one at a time.
    pub(super) async fn requests(
        &mut self,
        connection: &mut PgConnection,
        tenant: &Tenant,
    ) -> Result<(), sqlx::Error> {
        let mut rows = sqlx::query(include_str!("../../sql/trial/list_steps.sql"))
            .bind(tenant.as_str())
            .fetch(connection);
        let mut under_way: Option<(Uuid, Request)> = None;
        while let Some(row) = rows.try_next().await? {
            let id: Uuid = row.try_get("request_id")?;
            // What cannot be read is no step.
            let event = stored::decode(
                row.try_get("kind")?,
                row.try_get("schema")?,
                row.try_get("payload")?,
            )
            .map_err(|error| sqlx::Error::Decode(error.into()))?;
            let at: jiff_sqlx::Timestamp = row.try_get("occurred_at")?;
            let request = match under_way.take() {
                Some((known, request)) if known == id => request,
                earlier => {
                    self.count(earlier);
                    Request::default()
                }
            };
            under_way = Some((
                id,
                request.evolve(row.try_get("event_id")?, at.to_jiff(), &event),
            ));
        }
        self.count(under_way);
        Ok(())
    }

    fn count(&mut self, whole: Option<(Uuid, Request)>) {
        let Some((_, request)) = whole else {
            return;
        };
        let state: State = request.state();
        *self.requests.entry(state.as_str()).or_default() += 1;
        for anomaly in &request.anomalies {
            *self.anomalies.entry(anomaly.oddity.code()).or_default() += 1;
        }
    }
}
