//! Documents as text, for people: tables, and sentences in Dutch.

mod checks;
pub(crate) mod dossier;
pub(crate) mod queue;
pub(crate) mod report;
mod step;

use crate::screen;

/// What is said of an answer from a view that could not read everything; nothing as a rule.
fn incomplete(requests: i64) -> String {
    let whose = match requests {
        0 => return String::new(),
        1 => "een zaak is".to_owned(),
        more => format!("{more} zaken zijn"),
    };
    let told = format!(
        "Let op: {whose} hierin niet volledig, omdat iets ervan niet te lezen is; `wijk projection list` zegt wat."
    );
    format!("{}\n", screen::wrapped("", &told))
}
