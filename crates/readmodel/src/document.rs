//! What the views say, as documents: printed by the CLI with `--json` and served over HTTP alike.
//!
//! Members have Dutch names, values that are codes are English and stable, moments are UTC.
//! No document holds "days left", only last days, so that it stays true while it is kept.

mod content;
mod dossier;
mod queue;
mod report;

pub use content::{
    CheckContent, ClosingContent, Content, LimitsContent, MandateContent, PlacementContent,
    ResidentsContent,
};
pub use dossier::{
    AnomalyNote, DossierDocument, DossierState, Field, FieldValue, ImportedFrom, Step, StepSource,
};
pub use queue::{
    QueueDocument, QueueEscalation, QueueItem, QueueLead, QueueOverview, QueueTerm, QueueTotal,
};
pub use report::{
    Days, Definition, DomainFigures, Durations, Escalations, Figures, OpenAtEnd, OutcomeFigures,
    PeriodDocument, Report, UnderMandate, WijkDomainFigures, WijkFigures,
};
