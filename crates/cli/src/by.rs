//! Who gives a command that changes a register.

use casework::{Actor, By, Function};
use clap::Args;
use dispatch::{Call, Dispatch, Receipt};
use eventlog::Tenant;
use server::document::ReceiptDocument;

use crate::failure::mistyped;
use crate::screen;

/// The one who acts: recorded with the change.
#[derive(Debug, Clone, Args)]
pub(crate) struct ByArgs {
    /// Who does this, as an opaque id: staff:ID, or person:UUID for someone outside the municipality.
    #[arg(long, value_name = "ACTOR", default_value = "staff:beheer")]
    pub(crate) by: String,
}

/// Reads an actor as the log writes it.
pub(crate) fn actor(text: &str) -> anyhow::Result<Actor> {
    let wrong = |what: String| {
        mistyped(
            "invalid-actor",
            format!(
                "{what}; an actor is staff: and an id, such as staff:anna, or person: and a uuid"
            ),
        )
    };
    match text.split_once(':') {
        Some(("staff", id)) => id
            .parse()
            .map(Actor::Staff)
            .map_err(|error: casework::id::InvalidId| wrong(error.to_string())),
        Some(("person", id)) => id
            .parse()
            .map(Actor::Person)
            .map_err(|error: casework::id::InvalidId| wrong(error.to_string())),
        _ => Err(wrong(format!("`{text}` is no actor"))),
    }
}

impl ByArgs {
    /// A call by this actor in these functions. Each is a command of its own: nothing here is sent twice.
    pub(crate) fn call(
        &self,
        tenant: &Tenant,
        dispatch: &Dispatch,
        functions: &[Function],
    ) -> anyhow::Result<Call> {
        let command_id = dispatch.new_id();
        let actor = actor(&self.by)?;
        let outside = matches!(actor, Actor::Person(_));
        Ok(Call {
            tenant: tenant.clone(),
            by: By {
                actor,
                // People outside the municipality hold no functions.
                functions: functions.iter().filter(|_| !outside).cloned().collect(),
            },
            command_id,
            correlation: command_id,
            expected_version: None,
            sent: command_id.as_bytes().to_vec(),
        })
    }
}

/// Prints what became of a command.
pub(crate) fn show(call: &Call, receipt: &Receipt, done: &str, json: bool) -> anyhow::Result<()> {
    if json {
        return screen::print_json(&ReceiptDocument::of(receipt, call.command_id, None));
    }
    match receipt.recorded_at {
        Some(_) => screen::print(&format!(
            "{done} (version {} of {}, position {} in the log)\n",
            receipt.version, receipt.stream, receipt.position
        )),
        None => screen::print("Nothing changed: it was so already.\n"),
    }
}
