//! Documents as text, for people: tables, and sentences in Dutch.

mod checks;
pub(crate) mod comparison;
pub(crate) mod dossier;
pub(crate) mod queue;
pub(crate) mod report;
mod step;

use readmodel::When;

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

/// Says of an answer as of an earlier moment that it is one.
pub(crate) fn as_of(when: Option<When>, position: i64, text: String) -> String {
    match when {
        None => text,
        Some(When::Time(time)) => format!(
            "Zoals bekend op {} (positie {position}).\n\n{text}",
            crate::words::moment(time)
        ),
        Some(When::Position(_)) => format!("Zoals bekend op positie {position}.\n\n{text}"),
    }
}
