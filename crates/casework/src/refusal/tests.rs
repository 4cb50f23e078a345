//! Every refusal there is, each reached by something somebody asks.

use std::collections::BTreeSet;

use jiff::civil::date;

use super::Refusal;
use crate::area::Areas;
use crate::event::{MandateGranted, PersonErased, WijkListed};
use crate::fixture::*;
use crate::mandate::{Command, Limits, Register};
use crate::norm::Norms;
use crate::person::Person;
use crate::request::Action;
use crate::{By, Cents, Domain, Event, Placement};

/// The codes as the source has them, so that a new one cannot be left out below.
fn codes() -> BTreeSet<&'static str> {
    include_str!("../refusal.rs")
        .lines()
        .filter_map(|line| line.split_once("=> \"")?.1.strip_suffix("\","))
        .collect()
}

/// What the request answers, recorded or not.
fn asked(given: Given, by: By, action: Action) -> Refusal {
    match given.when(by, action).answer {
        Ok(decision) => decision.refusal.expect("it is refused"),
        Err(refusal) => refusal,
    }
}

fn under_way() -> Given {
    given([submitted(), assigned(&anna())])
}

/// What the request answers to a decision of 400 euros under an entry that is not quite Anna's.
fn decided_under(change: impl FnOnce(&mut Limits)) -> Refusal {
    let mut limits = limits();
    change(&mut limits);
    let mut action = decide(Cents::euros(400), register([("sociaal-2026", limits)]));
    if let Action::Decide { mandate, .. } = &mut action {
        *mandate = Some(entry("sociaal-2026"));
    }
    asked(under_way(), anna(), action)
}

fn of_a_request() -> Vec<Refusal> {
    let unplaced = |domain| {
        let mut submission = submission();
        submission.placement = Placement::unknown();
        submission.domain = domain;
        Event::from(submission)
    };
    let mut no_domain = submission();
    no_domain.domain = None;
    let mut blank = submit();
    let mut long = submit();
    if let (Action::Submit { words, .. }, Action::Submit { name, .. }) = (&mut blank, &mut long) {
        *words = text(" ");
        *name = text(&"x".repeat(501));
    }
    let mut numbered = submit();
    if let Action::Submit { request_kind, .. } = &mut numbered {
        *request_kind = Some("bel 06-12345678".to_owned());
    }
    let escalated = || under_way().fold(&[escalated_to(Some("college"))]);
    let cheap = || decide(Cents(1), annas_mandate());
    vec![
        asked(given([]), anna(), resolve()),
        asked(under_way(), resident(), submit()),
        asked(given([]), resident(), blank),
        asked(given([]), resident(), long),
        asked(given([]), resident(), numbered),
        asked(given([unplaced(None)]), anna(), assign(&anna())),
        asked(given([no_domain.into()]), anna(), assign(&anna())),
        asked(given([submitted()]), anna(), cheap()),
        asked(under_way(), bram(), cheap()),
        asked(given([]), clerk(), submit()),
        asked(given([submitted(), resolved()]), anna(), cheap()),
        asked(under_way(), resident(), reopen()),
        asked(under_way().fold(&[decided()]), anna(), cheap()),
        asked(under_way(), anna(), resolve()),
        asked(escalated(), anna(), cheap()),
        asked(under_way(), college(), send_back()),
        asked(escalated(), anna(), send_back()),
        asked(under_way(), anna(), escalate("gebiedstafel")),
        asked(under_way(), anna(), decide(Cents(-1), annas_mandate())),
    ]
}

fn of_a_mandate() -> Vec<Refusal> {
    let revoked = {
        let granted = MandateGranted {
            entry: entry("sociaal-2026"),
            limits: limits(),
        };
        let revoked = crate::event::MandateRevoked {
            entry: entry("sociaal-2026"),
            from: TODAY,
            reason: "nieuwe regeling".to_owned(),
        };
        Register::default()
            .evolve(&granted.into())
            .evolve(&revoked.into())
    };
    let mut unknown = decide(Cents(1), annas_mandate());
    if let Action::Decide { mandate, .. } = &mut unknown {
        *mandate = Some(entry("nergens"));
    }
    vec![
        asked(under_way(), anna(), decide(Cents(1), register([]))),
        asked(under_way(), anna(), unknown),
        decided_under(|limits| limits.holder = function(OPENBARE_RUIMTE)),
        decided_under(|limits| limits.valid_from = date(2026, 4, 1)),
        asked(under_way(), anna(), decide(Cents(1), revoked.into())),
        decided_under(|limits| limits.wijken = Some([wijk("WK999902")].into())),
        decided_under(|limits| limits.domains = Some([Domain::Veiligheid].into())),
        decided_under(|limits| limits.ceiling_cents = Some(Cents::euros(399))),
    ]
}

fn of_the_registers() -> Vec<Refusal> {
    let keep = |command| {
        annas_mandate()
            .decide(&college(), now(), command)
            .unwrap_err()
    };
    let grant = |id: &str, change: fn(&mut Limits)| {
        let mut limits = limits();
        change(&mut limits);
        keep(Command::Grant {
            entry: entry(id),
            limits,
        })
    };
    let listed = WijkListed {
        wijk: wijk("WK999901"),
        name: "Noord".to_owned(),
        edition: 25,
    };
    let erased = Person::default().evolve(&PersonErased { person: RESIDENT }.into());
    vec![
        grant("sociaal-2026", |limits| limits.trial = true),
        grant("nieuw", |limits| {
            limits.valid_until = Some(date(2025, 1, 1));
        }),
        grant("nieuw", |limits| limits.domains = Some([].into())),
        keep(Command::Revoke {
            entry: entry("sociaal-2026"),
            from: date(2026, 3, 9),
            reason: "te laat".to_owned(),
        }),
        Areas::default().place(Some(wijk("WK999901"))).unwrap_err(),
        Areas::default().list(&college(), vec![listed]).unwrap_err(),
        Norms::default()
            .set(&college(), Domain::Sociaal, 0)
            .unwrap_err(),
        erased.may_be_recorded().unwrap_err(),
    ]
}

fn all() -> Vec<Refusal> {
    [of_a_request(), of_a_mandate(), of_the_registers()].concat()
}

#[test]
fn every_refusal_is_reached_by_something_somebody_asks() {
    let reached: BTreeSet<&str> = all().iter().map(Refusal::code).collect();
    assert_eq!(reached, codes());
    assert_eq!(all().len(), codes().len(), "each of them once");
}

#[test]
fn the_codes_are_these() {
    let codes: Vec<&str> = codes().into_iter().collect();
    assert_eq!(
        codes.join(" "),
        "above-ceiling already-decided already-ended already-submitted empty-scope empty-text \
         escalated impossible-edition impossible-norm mandate-exists mandate-not-in-force \
         mandate-revoked may-not negative-amount no-domain no-lead no-mandate no-wijk not-a-kind \
         not-city-hall not-decided not-ended not-escalated not-submitted not-the-holder \
         not-the-lead not-the-organ outside-domain outside-wijk period-reversed person-erased \
         revoked-in-the-past text-too-long unknown-mandate unknown-wijk"
    );
}

#[test]
fn every_refusal_says_in_dutch_what_is_wrong_and_in_one_line() {
    for refusal in all() {
        let sentence = refusal.to_string();
        assert!(sentence.split_whitespace().count() > 3, "{sentence}");
        assert!(!sentence.contains('\n'), "{sentence}");
    }
    assert_eq!(
        Refusal::AboveCeiling {
            amount: Cents::euros(900),
            ceiling: Cents::euros(500)
        }
        .to_string(),
        "€ 900,00 is meer dan het plafond van € 500,00; blijf daaronder of escaleer het verzoek"
    );
    assert_eq!(
        Refusal::MandateNotInForce {
            on: TODAY,
            from: date(2026, 4, 1),
            until: Some(date(2026, 12, 31))
        }
        .to_string(),
        "dit mandaat geldt niet op 2026-03-10 (geldig vanaf 2026-04-01 tot en met 2026-12-31); escaleer het verzoek"
    );
    assert_eq!(
        Refusal::OutsideWijk { wijk: None }.to_string(),
        "dit mandaat geldt niet in wijk onbekend; escaleer het verzoek"
    );
}
