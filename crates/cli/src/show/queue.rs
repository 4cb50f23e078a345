//! A queue as a table.

use casework::area::Areas;
use casework::{Function, WijkCode};
use jiff::Timestamp;
use readmodel::document::{QueueDocument, QueueItem, QueueLead, QueueOverview, QueueTotal};

use super::incomplete;
use crate::screen::{self, AIR};
use crate::words::{self, NONE};

/// Characters of a uuid, which is copied and so stays whole.
const UUID: u16 = 36;

/// Characters of all columns but that of the kind, and of what stands between them.
const OTHERS: u16 = 92;

/// Characters of a day.
const DAY: u16 = 10;

/// One page of a queue.
pub(crate) fn page(queue: &QueueDocument, areas: &Areas) -> String {
    let title = match &queue.wijk {
        Some(wijk) => format!("Wachtrij van {}", named(wijk, areas)),
        None => "Wachtrij van de intake (wijk nog onbekend)".to_owned(),
    };
    let missing = incomplete(queue.incomplete);
    if queue.total == 0 {
        return format!("{missing}{title}: er staat niets open.\n");
    }
    let mut table = screen::table(&["Termijn", "Stand", "Sinds", "Bij wie", "Soort", "Verzoek"]);
    for item in &queue.items {
        table.add_row(row(item));
    }
    screen::fix(
        &mut table,
        AIR,
        [(0, DAY), (1, 10), (2, DAY), (3, 15), (5, UUID)],
    );
    let first = queue.offset + 1;
    let last = queue.offset + i64::try_from(queue.items.len()).unwrap_or_default();
    let shown = if queue.items.is_empty() {
        format!(
            "{} open; deze bladzijde ligt voorbij het einde",
            queue.total
        )
    } else if last - queue.offset == queue.total {
        format!("{} open", queue.total)
    } else {
        format!("{first} tot en met {last} van {} open", queue.total)
    };
    format!(
        "{missing}{title}: {shown}, wat het eerst af moet bovenaan\n\n{}",
        screen::lines(&table)
    )
}

fn row(item: &QueueItem) -> [String; 6] {
    let due = item.terms.iter().map(|term| term.end).min();
    let kind = item.request_kind.clone().or_else(|| {
        let domain = item.domain?;
        Some(words::domain(domain).to_owned())
    });
    [
        words::or_dash(due),
        words::state(&item.state)
            .trim_start_matches("op het ")
            .to_owned(),
        words::or_dash(since(item).map(words::day_of)),
        holder(item),
        kind.map_or_else(|| NONE.to_owned(), |kind| cut(&kind)),
        item.request.to_string(),
    ]
}

/// A name as far as there is room for it beside the other columns.
fn cut(name: &str) -> String {
    let room = usize::from(screen::width().saturating_sub(OTHERS)).max(8);
    if name.chars().count() <= room {
        return name.to_owned();
    }
    let begin: String = name.chars().take(room - 1).collect();
    format!("{}…", begin.trim_end())
}

/// Since when it is in this state.
fn since(item: &QueueItem) -> Option<Timestamp> {
    let escalated = item.escalation.as_ref().map(|escalation| escalation.since);
    let assigned = item.lead.as_ref().map(|lead| lead.since);
    escalated
        .or(item.decided_at)
        .or(assigned)
        .or(item.submitted_at)
}

/// Where it lies: with whom, or at which organ.
fn holder(item: &QueueItem) -> String {
    if let Some(escalation) = &item.escalation {
        return escalation
            .to
            .as_ref()
            .map_or_else(|| NONE.to_owned(), spaced);
    }
    match &item.lead {
        Some(QueueLead {
            function, person, ..
        }) => match (function.as_ref().map(spaced), person) {
            (Some(function), Some(person)) => format!("{function} ({person})"),
            (Some(function), None) => function,
            (None, Some(person)) => person.to_string(),
            (None, None) => "iemand".to_owned(),
        },
        None if item.wijk.is_none() => "intake".to_owned(),
        None => "gebiedstafel".to_owned(),
    }
}

/// A function in words, which a narrow column can break; of a wijkregisseur the field says enough.
fn spaced(function: &Function) -> String {
    let name = function.as_str();
    name.strip_prefix("wijkregisseur-")
        .unwrap_or(name)
        .replace('-', " ")
}

/// A wijk with its name.
pub(crate) fn named(wijk: &WijkCode, areas: &Areas) -> String {
    match areas.get(wijk) {
        Some(known) => format!("{wijk} {}", known.name),
        None => wijk.to_string(),
    }
}

/// How much is open in each queue.
pub(crate) fn overview(overview: &QueueOverview, areas: &Areas) -> String {
    let mut table = screen::table(&[
        "Wijk",
        "Naam",
        ">Open",
        ">Zonder trekker",
        ">Op het stadhuis",
    ]);
    let listed = areas.iter().map(|(wijk, _)| Some(wijk));
    let others = overview
        .queues
        .iter()
        .map(|queue| queue.wijk.as_ref())
        .filter(|wijk| wijk.is_none_or(|wijk| areas.get(wijk).is_none()));
    for wijk in listed.chain(others) {
        let (code, name) = match wijk {
            Some(wijk) => (
                wijk.as_str(),
                areas.get(wijk).map_or("", |known| known.name.as_str()),
            ),
            None => ("intake", "wijk nog onbekend"),
        };
        let total = overview
            .queues
            .iter()
            .find(|queue| queue.wijk.as_ref() == wijk);
        let count = |of: fn(&QueueTotal) -> i64| total.map_or(0, of).to_string();
        table.add_row([
            code.to_owned(),
            name.to_owned(),
            count(|queue| queue.open),
            count(|queue| queue.without_lead),
            count(|queue| queue.escalated),
        ]);
    }
    incomplete(overview.incomplete) + &screen::lines(&table)
}
