//! The definitions once more, by search instead of by folding: slow, and written without the views' code.

use std::collections::{BTreeMap, BTreeSet};

use casework::event::{Basis, Event, Outcome};
use casework::{RequestId, stored};
use eventlog::Recorded;
use jiff::Timestamp;
use serde_json::{Value, json};

/// One fact that a figure may be made of.
#[derive(Debug, Clone)]
struct Seen {
    at: Timestamp,
    event: Event,
}

/// Every request's facts by when they happened, corrected ones in the place of the first.
#[derive(Debug)]
pub(super) struct Naive {
    requests: BTreeMap<RequestId, Vec<Seen>>,
}

/// The period, and the moment ages are taken at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) aged_at: Timestamp,
}

impl Naive {
    pub(super) fn of(recorded: &[Recorded]) -> Self {
        let mut streams: BTreeMap<RequestId, Vec<(uuid::Uuid, Seen)>> = BTreeMap::new();
        for it in recorded.iter().filter(|it| it.stream.kind == "request") {
            let facts = streams.entry(it.stream.id.parse().unwrap()).or_default();
            let event = stored::decode(&it.kind, it.schema, &it.payload).unwrap();
            if let Event::FactCorrected(correction) = &event {
                let fact = correction.fact.decode().unwrap();
                for (_, seen) in facts.iter_mut().filter(|(id, seen)| {
                    *id == correction.corrects && !matches!(seen.event, Event::FactCorrected(_))
                }) {
                    seen.at = correction.occurred_at;
                    seen.event = fact.clone();
                }
            }
            let at = it.occurred_at;
            facts.push((it.event_id, Seen { at, event }));
        }
        let requests = streams
            .into_iter()
            .map(|(request, facts)| {
                let mut facts: Vec<Seen> = facts.into_iter().map(|(_, seen)| seen).collect();
                facts.retain(|seen| tells(&seen.event));
                // Stable: facts of one moment stay in order of version.
                facts.sort_by_key(|seen| seen.at);
                (request, facts)
            })
            .collect();
        Self { requests }
    }

    /// The report's groups, as its document has them.
    pub(super) fn groups(&self, asked: Asked) -> Value {
        let told: Vec<Told> = self
            .requests
            .values()
            .map(|facts| Told::of(facts, asked))
            .filter(Told::counts)
            .collect();
        let mut wijken: Vec<Option<String>> = told.iter().map(|told| told.wijk.clone()).collect();
        let mut domains: Vec<Option<String>> =
            told.iter().map(|told| told.domain.clone()).collect();
        // Known ones by name, the unknown one last; domains in the order in which they are defined.
        wijken.sort_by_key(|wijk| (wijk.is_none(), wijk.clone()));
        wijken.dedup();
        domains.sort_by_key(|domain| (domain.is_none(), domain.clone()));
        domains.dedup();
        let group = |keep: &dyn Fn(&Told) -> bool| figures(&told, keep);
        let mut both = Vec::new();
        for wijk in &wijken {
            for domain in &domains {
                let keep = |told: &Told| told.wijk == *wijk && told.domain == *domain;
                if told.iter().any(keep) {
                    both.push(json!({"wijk": wijk, "domein": domain, "cijfers": group(&keep)}));
                }
            }
        }
        let per_wijk = wijken
            .iter()
            .map(|wijk| json!({"wijk": wijk, "cijfers": group(&|told: &Told| told.wijk == *wijk)}));
        let per_domain = domains.iter().map(
            |domain| json!({"domein": domain, "cijfers": group(&|told: &Told| told.domain == *domain)}),
        );
        json!({
            "totaal": group(&|_| true),
            "perWijk": per_wijk.collect::<Vec<_>>(),
            "perDomein": per_domain.collect::<Vec<_>>(),
            "perWijkEnDomein": both,
        })
    }
}

/// Microseconds, or None where it cannot be measured.
#[derive(Debug, Clone, Copy)]
struct Took(Option<i64>);

/// What the figures of a period say of one request.
#[derive(Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "one for each figure, as in the definitions"
)]
struct Told {
    wijk: Option<String>,
    domain: Option<String>,
    received: bool,
    resolved: bool,
    withdrawn: bool,
    reopened: bool,
    age: Option<Took>,
    to_assignment: Option<Took>,
    to_decision: Option<(Outcome, Took)>,
    to_resolution: Option<Took>,
    decided: Option<(Outcome, Option<bool>)>,
    grounds: BTreeSet<String>,
    refused: usize,
}

impl Told {
    fn of(facts: &[Seen], asked: Asked) -> Self {
        let facts: Vec<&Seen> = facts.iter().filter(|seen| seen.at < asked.until).collect();
        let inside = |seen: &Seen| asked.from <= seen.at;
        let has = |is: fn(&Event) -> bool| facts.iter().any(|seen| inside(seen) && is(&seen.event));
        let start = facts
            .iter()
            .find(|seen| is_submission(&seen.event))
            .map(|seen| seen.at);
        let since = |end: Timestamp| {
            let elapsed = start.map(|start| end.as_microsecond() - start.as_microsecond());
            Took(elapsed.filter(|elapsed| *elapsed >= 0))
        };
        let first = |is: fn(&Event) -> bool| {
            let found = *facts.iter().find(|seen| is(&seen.event))?;
            inside(found).then_some(found)
        };
        let last_turn = facts
            .iter()
            .rposition(|seen| is_end(&seen.event) || is_reopening(&seen.event));
        let ended = last_turn.filter(|at| is_end(&facts[*at].event));
        let belongs = &facts[..ended.map_or(facts.len(), |at| at + 1)];
        let (wijk, domain) = place(belongs);
        let resolution = facts
            .iter()
            .rposition(|seen| inside(seen) && matches!(seen.event, Event::RequestResolved(_)))
            .filter(|at| !facts[at + 1..].iter().any(|seen| is_reopening(&seen.event)));
        let decision = facts
            .iter()
            .rposition(|seen| inside(seen) && is_decision(&seen.event));
        Self {
            wijk,
            domain,
            received: facts
                .iter()
                .find(|seen| is_submission(&seen.event))
                .is_some_and(|seen| inside(seen)),
            resolved: has(|event| matches!(event, Event::RequestResolved(_))),
            withdrawn: has(|event| matches!(event, Event::RequestWithdrawn(_))),
            reopened: has(is_reopening),
            age: (ended.is_none() && !facts.is_empty()).then(|| since(asked.aged_at)),
            to_assignment: first(|event| matches!(event, Event::RequestAssigned(_)))
                .map(|seen| since(seen.at)),
            to_decision: first(is_decision).map(|seen| (outcome(&seen.event), since(seen.at))),
            to_resolution: resolution.map(|at| since(facts[at].at)),
            decided: decision.map(|at| (outcome(&facts[at].event), under_mandate(&facts, at))),
            grounds: facts
                .iter()
                .filter(|seen| inside(seen))
                .filter_map(|seen| match &seen.event {
                    Event::RequestEscalated(escalated) => Some(escalated.ground.to_string()),
                    _ => None,
                })
                .collect(),
            refused: facts
                .iter()
                .filter(|seen| inside(seen) && matches!(seen.event, Event::DecisionRefused(_)))
                .count(),
        }
    }

    fn counts(&self) -> bool {
        self.received
            || self.resolved
            || self.withdrawn
            || self.reopened
            || self.age.is_some()
            || self.to_assignment.is_some()
            || self.decided.is_some()
            || !self.grounds.is_empty()
            || self.refused > 0
    }
}

/// Where the last of these facts that says so puts the request.
fn place(facts: &[&Seen]) -> (Option<String>, Option<String>) {
    let first_submission = facts.iter().position(|seen| is_submission(&seen.event));
    let said = facts
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, seen)| match &seen.event {
            Event::RequestImported(it) => Some((it.placement.wijk.clone(), it.domain)),
            Event::RequestPlaced(it) => Some((it.placement.wijk.clone(), it.domain)),
            Event::RequestSubmitted(it) if Some(at) == first_submission => {
                Some((it.placement.wijk.clone(), it.domain))
            }
            _ => None,
        });
    let (wijk, domain) = said.unwrap_or_default();
    (
        wijk.map(|wijk| wijk.to_string()),
        domain.map(|domain| domain.to_string()),
    )
}

/// Whether the decision at this place was under a mandate.
fn under_mandate(facts: &[&Seen], at: usize) -> Option<bool> {
    let basis = |event: &Event| match event {
        Event::RequestDecided(decided) => Some(decided.basis.clone()),
        _ => None,
    };
    match basis(&facts[at].event)? {
        Basis::Mandate { .. } => Some(true),
        Basis::Organ { .. } => Some(false),
        Basis::Unknown => {
            let statement = facts[..at]
                .iter()
                .rposition(|seen| matches!(seen.event, Event::MandateStated(_)))?;
            let used = facts[statement..at]
                .iter()
                .any(|seen| basis(&seen.event).is_some());
            match &facts[statement].event {
                Event::MandateStated(stated) if !used => Some(stated.under_mandate),
                _ => None,
            }
        }
    }
}

fn figures(told: &[Told], keep: &dyn Fn(&Told) -> bool) -> Value {
    let told: Vec<&Told> = told.iter().filter(|told| keep(told)).collect();
    let count = |is: &dyn Fn(&Told) -> bool| told.iter().filter(|told| is(told)).count();
    let durations = |of: &dyn Fn(&Told) -> Option<Took>| {
        measured(told.iter().filter_map(|told| of(told)).collect())
    };
    let mut outcomes = serde_json::Map::new();
    for outcome in Outcome::ALL {
        let is = |told: &Told| told.decided.is_some_and(|(of, _)| of == *outcome);
        let took = |told: &Told| {
            told.to_decision
                .filter(|(of, _)| of == outcome)
                .map(|(_, took)| took)
        };
        outcomes.insert(
            outcome.to_string(),
            json!({"aantal": count(&is), "totBesluit": durations(&took)}),
        );
    }
    let mandate =
        |answer| count(&|told: &Told| told.decided.is_some_and(|(_, under)| under == answer));
    let mut grounds: BTreeMap<&String, usize> = BTreeMap::new();
    for ground in told.iter().flat_map(|told| &told.grounds) {
        *grounds.entry(ground).or_default() += 1;
    }
    json!({
        "ontvangen": count(&|told| told.received),
        "besloten": count(&|told| told.decided.is_some()),
        "afgehandeld": count(&|told| told.resolved),
        "ingetrokken": count(&|told| told.withdrawn),
        "heropend": count(&|told| told.reopened),
        "openAanEinde": {"aantal": count(&|told| told.age.is_some()), "leeftijd": durations(&|told| told.age)},
        "totToewijzing": durations(&|told| told.to_assignment),
        "totBesluit": durations(&|told| told.to_decision.map(|(_, took)| took)),
        "totAfhandeling": durations(&|told| told.to_resolution),
        "uitkomsten": outcomes,
        "onderMandaat": {"ja": mandate(Some(true)), "nee": mandate(Some(false)), "onbekend": mandate(None)},
        "geescaleerd": {"aantal": count(&|told| !told.grounds.is_empty()), "perGrond": grounds},
        "geweigerdeBesluiten": told.iter().map(|told| told.refused).sum::<usize>(),
    })
}

fn measured(took: Vec<Took>) -> Value {
    let excluded = took.iter().filter(|took| took.0.is_none()).count();
    let mut seconds: Vec<i64> = took
        .into_iter()
        .filter_map(|took| Some(took.0?.div_euclid(1_000_000)))
        .collect();
    seconds.sort_unstable();
    json!({
        "n": seconds.len(),
        "uitgesloten": excluded,
        "mediaanDagen": quantile(&seconds, 5),
        "p90Dagen": quantile(&seconds, 9),
    })
}

/// Type 7 as a weighted mean of two neighbours, over the common denominator of a tenth of a tenth of a day.
fn quantile(sorted: &[i64], p: usize) -> Option<String> {
    let above = (sorted.len().checked_sub(1)?) * p;
    let weight = i128::try_from(above % 10).unwrap();
    let low = i128::from(sorted[above / 10]);
    let high = i128::from(sorted[above.div_ceil(10)]);
    let numerator = (10 - weight) * low + weight * high;
    let denominator = 10 * 8_640;
    let tenths = (2 * numerator + denominator).div_euclid(2 * denominator);
    Some(format!("{}.{}", tenths / 10, tenths % 10))
}

fn tells(event: &Event) -> bool {
    !matches!(
        event,
        Event::TermSet(_)
            | Event::FactCorrected(_)
            | Event::MandateGranted(_)
            | Event::MandateRevoked(_)
            | Event::WijkListed(_)
            | Event::ServicenormSet(_)
            | Event::PersonErased(_)
    )
}

fn is_submission(event: &Event) -> bool {
    matches!(event, Event::RequestSubmitted(_))
}

fn is_decision(event: &Event) -> bool {
    matches!(event, Event::RequestDecided(_))
}

fn is_end(event: &Event) -> bool {
    matches!(
        event,
        Event::RequestResolved(_) | Event::RequestWithdrawn(_)
    )
}

fn is_reopening(event: &Event) -> bool {
    matches!(event, Event::RequestReopened(_))
}

fn outcome(event: &Event) -> Outcome {
    match event {
        Event::RequestDecided(decided) => decided.outcome,
        other => panic!("{} is no decision", other.kind()),
    }
}
