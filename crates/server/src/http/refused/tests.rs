use casework::{Cents, Function};
use dispatch::Receipt;
use eventlog::Tenant;
use jiff::civil::date;

use super::*;

fn function() -> Function {
    "college".parse().unwrap()
}

/// Status and code.
fn answer(problem: &Problem) -> (u16, String) {
    (problem.status().as_u16(), problem.code().to_owned())
}

fn refused(refusal: Refusal) -> (u16, String) {
    answer(&DispatchError::from(refusal).into())
}

fn receipt() -> Receipt {
    Receipt {
        stream: "request/1".to_owned(),
        version: 3,
        position: 9,
        recorded_at: None,
        repeated: true,
    }
}

async fn shown(problem: Problem) -> serde_json::Value {
    let body = problem.render(uuid::Uuid::from_u128(1)).into_body();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn who_may_not_gets_403_and_what_is_wrong_in_itself_400() {
    let wijk = "WK999901".parse().unwrap();
    let day = date(2026, 1, 1);
    let table = [
        (Refusal::MayNot { needed: "x" }, 403, "may-not"),
        (Refusal::NotTheLead, 403, "not-the-lead"),
        (
            Refusal::NotTheOrgan { to: function() },
            403,
            "not-the-organ",
        ),
        (Refusal::EmptyText { field: "vraag" }, 400, "empty-text"),
        (
            Refusal::TextTooLong {
                field: "vraag",
                given: 2,
                most: 1,
            },
            400,
            "text-too-long",
        ),
        (Refusal::UnknownWijk { wijk }, 400, "unknown-wijk"),
        (
            Refusal::NegativeAmount { amount: Cents(-1) },
            400,
            "negative-amount",
        ),
        (
            Refusal::PeriodReversed {
                from: day,
                until: Some(day),
            },
            400,
            "period-reversed",
        ),
        (
            Refusal::RevokedInThePast {
                from: day,
                today: day,
            },
            400,
            "revoked-in-the-past",
        ),
        (Refusal::EmptyScope, 400, "empty-scope"),
        (
            Refusal::ImpossibleEdition { edition: 0 },
            400,
            "impossible-edition",
        ),
        (Refusal::ImpossibleNorm { days: 0 }, 400, "impossible-norm"),
    ];
    for (refusal, status, code) in table {
        assert_eq!(refused(refusal), (status, code.to_owned()));
    }
}

#[test]
fn a_refusal_by_rule_gets_409() {
    let entry: casework::MandateId = "m1".parse().unwrap();
    let day = date(2026, 1, 1);
    for refusal in [
        Refusal::NotSubmitted,
        Refusal::AlreadySubmitted,
        Refusal::NoWijk,
        Refusal::NoDomain,
        Refusal::NoLead,
        Refusal::AlreadyEnded,
        Refusal::NotEnded,
        Refusal::AlreadyDecided,
        Refusal::NotDecided,
        Refusal::Escalated { to: function() },
        Refusal::NotEscalated,
        Refusal::NotCityHall { to: function() },
        Refusal::NoMandate {
            function: function(),
        },
        Refusal::UnknownMandate {
            entry: entry.clone(),
        },
        Refusal::NotTheHolder {
            holder: function(),
            function: function(),
        },
        Refusal::MandateNotInForce {
            on: day,
            from: day,
            until: None,
        },
        Refusal::MandateRevoked { from: day },
        Refusal::OutsideWijk { wijk: None },
        Refusal::OutsideDomain { domain: None },
        Refusal::AboveCeiling {
            amount: Cents(2),
            ceiling: Cents(1),
        },
        Refusal::MandateExists { entry },
        Refusal::PersonErased,
    ] {
        let code = refusal.code().to_owned();
        assert_eq!(refused(refusal), (409, code));
    }
}

#[test]
fn every_refusal_that_was_recorded_is_a_409_whatever_it_would_be_otherwise() {
    for refusal in [
        Refusal::NoMandate {
            function: function(),
        },
        Refusal::NotTheLead,
    ] {
        let code = refusal.code().to_owned();
        let error = DispatchError::Refused {
            refusal,
            recorded: Some(receipt()),
        };
        assert_eq!(answer(&error.into()), (409, code));
    }
    let again = DispatchError::RefusedBefore {
        code: "above-ceiling".to_owned(),
        recorded: receipt(),
    };
    assert_eq!(answer(&again.into()), (409, "above-ceiling".to_owned()));
}

#[tokio::test]
async fn a_recorded_refusal_says_where_and_an_unrecorded_one_that_it_is_not() {
    let error = DispatchError::Refused {
        refusal: Refusal::NoMandate {
            function: function(),
        },
        recorded: Some(receipt()),
    };
    let recorded = shown(error.into()).await;
    assert_eq!(recorded["vastgelegd"], true);
    assert_eq!(
        (recorded["positie"].as_i64(), recorded["versie"].as_i64()),
        (Some(9), Some(3))
    );
    assert_eq!(recorded["herhaald"], true);
    let unrecorded = shown(DispatchError::from(Refusal::NoLead).into()).await;
    assert_eq!(unrecorded["vastgelegd"], false);
    assert!(unrecorded.get("positie").is_none());
}

#[test]
fn what_passes_is_503_and_says_when_to_come_back() {
    let gone = || sqlx::Error::PoolTimedOut;
    let problems: Vec<Problem> = vec![
        DispatchError::Busy.into(),
        AppendError::Overloaded {
            tenant: Tenant::new("zeeveld").unwrap(),
            waiting: 1_024,
        }
        .into(),
        AppendError::NotStored(gone().into()).into(),
        AppendError::Unknown(gone().into()).into(),
        AppendError::from(gone()).into(),
        ReadError::Database(gone()).into(),
        vault::VaultError::Database(gone()).into(),
        ViewError::BeingBuilt {
            name: "queue",
            position: 1,
            head: 2,
        }
        .into(),
        gone().into(),
    ];
    for problem in problems {
        assert_eq!(problem.status().as_u16(), 503);
        let rendered = problem.render(uuid::Uuid::from_u128(1));
        assert_eq!(rendered.headers()["retry-after"], "1");
        assert_eq!(
            rendered.headers()["content-type"],
            "application/problem+json"
        );
    }
}

#[test]
fn a_view_that_is_not_whole_or_stands_still_waits_for_the_operator() {
    let incomplete = ReportError::Incomplete {
        streams: 2,
        position: 9,
    };
    let problem: Problem = incomplete.into();
    assert_eq!(answer(&problem), (503, "view-incomplete".to_owned()));
    let still = ViewError::StandsStill {
        name: "queue",
        position: 9,
        why: "secret".to_owned(),
    };
    let problem: Problem = ReportError::View(still).into();
    assert_eq!(answer(&problem), (503, "view-stands-still".to_owned()));
}

#[tokio::test]
async fn what_is_broken_here_is_500_and_shows_no_internals() {
    let problems: Vec<Problem> = vec![
        DispatchError::Encode("secret".to_owned()).into(),
        sqlx::Error::ColumnNotFound("secret".to_owned()).into(),
        AppendError::from(sqlx::Error::ColumnNotFound("secret".to_owned())).into(),
        ReadError::Precision {
            position: 1,
            found: "secret".to_owned(),
        }
        .into(),
        vault::VaultError::Altered {
            tenant: "secret".to_owned(),
        }
        .into(),
    ];
    for problem in problems {
        assert_eq!(problem.status().as_u16(), 500);
        assert!(
            problem.cause().unwrap().contains("secret"),
            "the server's own log says why"
        );
        let shown = shown(problem).await.to_string();
        assert!(!shown.contains("secret"), "{shown}");
        assert!(
            shown.contains("urn:uuid:00000000-0000-0000-0000-000000000001"),
            "{shown}"
        );
    }
}

#[test]
fn the_rest_of_the_table() {
    let stale = DispatchError::Stale {
        expected: 1,
        actual: 2,
    };
    assert_eq!(answer(&stale.into()), (412, "stale-version".to_owned()));
    assert_eq!(
        answer(&DispatchError::CommandReused.into()),
        (409, "command-reused".to_owned())
    );
    let unknown = ReadError::UnknownTenant(Tenant::new("elders").unwrap());
    assert_eq!(answer(&unknown.into()), (403, "unknown-tenant".to_owned()));
    let large = AppendError::TooLarge {
        event_id: uuid::Uuid::nil(),
        bytes: 70_000,
    };
    assert_eq!(answer(&large.into()), (400, "too-large".to_owned()));
}
