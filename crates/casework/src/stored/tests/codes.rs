//! Words that are written down are contracts: added to, never changed.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::event::{
    Clock, Ground, NoMessageReason, NotConsultedReason, Outcome, ReopenCause, RequesterKind,
};
use crate::fixture::*;
use crate::mandate::{Act, MandateKind};
use crate::stored::decoders;
use crate::{Channel, Domain, Event, WijkSource};

fn is_kebab_case(word: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    !word.is_empty() && word.split('-').all(part)
}

#[test]
fn kinds_are_unique_kebab_case_and_start_at_schema_one() {
    let kinds: BTreeSet<&str> = Event::KINDS.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds.len(), Event::KINDS.len());
    for (kind, newest) in Event::KINDS {
        assert!(is_kebab_case(kind), "{kind}");
        let schemas: BTreeSet<i32> = decoders()
            .filter(|(known, _)| known == kind)
            .map(|(_, schema)| schema)
            .collect();
        assert_eq!(schemas, (1..=*newest).collect(), "{kind}");
    }
}

#[test]
fn the_names_of_kinds_are_these() {
    let kinds: Vec<String> = Event::KINDS
        .iter()
        .map(|(kind, schema)| format!("{kind}.v{schema}"))
        .collect();
    assert_eq!(
        kinds.join(" "),
        "request-imported.v1 request-submitted.v2 request-placed.v1 term-set.v1 \
         request-assigned.v1 request-decided.v1 decision-refused.v1 mandate-stated.v1 \
         request-escalated.v1 escalation-returned.v1 request-resolved.v1 request-reopened.v1 \
         request-withdrawn.v1 fact-corrected.v1 mandate-granted.v1 mandate-revoked.v1 \
         wijk-listed.v1 servicenorm-set.v1 person-erased.v1"
    );
}

/// The words as JSON has them, one after the other.
fn written<T: Serialize>(all: &[T]) -> String {
    let words: Vec<String> = all
        .iter()
        .map(|word| {
            serde_json::to_value(word)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(words.iter().all(|word| is_kebab_case(word)), "{words:?}");
    words.join(" ")
}

#[test]
fn the_words_of_events_are_these() {
    assert_eq!(written(Domain::ALL), "sociaal openbare-ruimte veiligheid");
    assert_eq!(
        written(Channel::ALL),
        "web desk phone post email visit internal app unknown"
    );
    assert_eq!(
        written(Outcome::ALL),
        "granted partly-granted refused referred unknown"
    );
    assert_eq!(
        written(Ground::ALL),
        "no-mandate above-ceiling outside-wijk outside-domain deviates-from-policy sensitive \
         claimed-by-organ legally-excluded personal-interest table-disagrees submitted-up \
         competent-authority term-extended advice-asked objection appeal other-agency"
    );
    assert_eq!(
        written(ReopenCause::ALL),
        "not-fixed new-facts disputed closed-by-mistake"
    );
    assert_eq!(
        written(NoMessageReason::ALL),
        "anonymous declined unreachable no-requester"
    );
    assert_eq!(
        written(NotConsultedReason::ALL),
        "urgent no-effect-on-others confidential requester-only"
    );
    assert_eq!(
        written(RequesterKind::ALL),
        "resident wijkraad organisation own-initiative anonymous unknown"
    );
    assert_eq!(written(Clock::ALL), "servicenorm wettelijk");
    assert_eq!(written(MandateKind::ALL), "mandaat volmacht machtiging");
    let sources = [WijkSource::Stated, WijkSource::Derived, WijkSource::Unknown];
    assert_eq!(written(&sources), "stated derived unknown");
}

#[test]
fn a_word_is_the_same_in_json_on_screen_and_on_the_command_line() {
    for ground in Ground::ALL {
        assert_eq!(written(&[*ground]), ground.to_string());
        assert_eq!(ground.as_str().parse(), Ok(*ground));
    }
    for source in [WijkSource::Stated, WijkSource::Derived, WijkSource::Unknown] {
        assert_eq!(written(&[source]), source.to_string());
    }
    let unknown = "nergens".parse::<Domain>().unwrap_err();
    assert!(unknown.to_string().contains("openbare-ruimte"), "{unknown}");
}

#[test]
fn a_check_is_called_on_screen_what_it_is_called_in_json() {
    let act = Act {
        on: TODAY,
        function: &function(SOCIAAL),
        wijk: None,
        domain: None,
        amount: None,
    };
    for check in limits().check(&act, None) {
        let json = serde_json::to_value(&check).unwrap();
        assert_eq!(json["check"], check.name());
        assert_eq!(json["passed"], check.passed());
    }
}
