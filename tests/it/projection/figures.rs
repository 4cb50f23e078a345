//! One half-year, counted by hand.

use casework::event::{
    Basis, DecisionRefused, Ground, Lead, MandateStated, Outcome, ReopenCause, RequestAssigned,
    RequestDecided, RequestEscalated, RequestReopened, RequestResolved,
};
use casework::{Event, Function, RequestId, Text};
use readmodel::evaluation::{DEFINITION_VERSION, Evaluation};
use serde_json::{Value, json};
use uuid::Uuid;

use super::reading::submitted;
use super::world::World;
use crate::support::event::zeeveld;

fn decided(outcome: Outcome, basis: Basis) -> Event {
    RequestDecided {
        outcome,
        amount_cents: None,
        basis,
        function: None,
        residents: None,
        motivation: Text::Withheld,
        residents_note: Text::Withheld,
    }
    .into()
}

fn assigned() -> Event {
    RequestAssigned {
        lead: Lead {
            function: None,
            person: None,
        },
        urgent: false,
        reason: Text::Withheld,
    }
    .into()
}

fn resolved() -> Event {
    RequestResolved {
        closing: None,
        message: Text::Withheld,
        requester: None,
    }
    .into()
}

fn escalated(ground: Ground) -> Event {
    RequestEscalated {
        to: Some(Function::new("college").unwrap()),
        ground,
        question: Text::Withheld,
    }
    .into()
}

/// Four requests of one wijk and one of another.
async fn lived(world: &World) {
    let organ = Basis::Organ {
        organ: Function::new("college").unwrap(),
    };
    let refused = DecisionRefused {
        code: "above-ceiling".to_owned(),
        outcome: Outcome::Granted,
        amount_cents: None,
        function: None,
        entry: None,
        entry_version: None,
        limits: None,
        checks: Vec::new(),
    };
    let reopened = RequestReopened {
        cause: ReopenCause::NotFixed,
        explanation: Text::Withheld,
        requester: None,
    };
    let here = || submitted("WK999901");
    let histories: Vec<Vec<(&str, Event)>> = vec![
        // Before the half-year, and open all through it.
        vec![("2018-12-30T09:00:00Z", here())],
        // Decided in 2 days under a stated mandate, done in 10.
        vec![
            ("2019-02-01T09:00:00Z", here()),
            ("2019-02-02T09:00:00Z", assigned()),
            (
                "2019-02-03T08:00:00Z",
                MandateStated {
                    under_mandate: true,
                }
                .into(),
            ),
            (
                "2019-02-03T09:00:00Z",
                decided(Outcome::Granted, Basis::Unknown),
            ),
            ("2019-02-11T09:00:00Z", resolved()),
        ],
        // Refused twice by a check, escalated, decided by the college in 30 days, done and reopened.
        vec![
            ("2019-03-01T09:00:00Z", here()),
            ("2019-03-02T21:00:00Z", assigned()),
            ("2019-03-03T09:00:00Z", refused.clone().into()),
            ("2019-03-03T10:00:00Z", refused.into()),
            ("2019-03-04T09:00:00Z", escalated(Ground::AboveCeiling)),
            ("2019-03-31T09:00:00Z", decided(Outcome::Refused, organ)),
            ("2019-04-01T09:00:00Z", resolved()),
            ("2019-04-02T09:00:00Z", reopened.into()),
        ],
        // Decided, nobody knows under what, and never submitted.
        vec![(
            "2019-05-01T09:00:00Z",
            decided(Outcome::Granted, Basis::Unknown),
        )],
        vec![("2019-06-30T21:59:59Z", submitted("WK999902"))],
    ];
    for (number, history) in histories.into_iter().enumerate() {
        let number = u128::try_from(number).unwrap();
        world
            .happened(RequestId(Uuid::from_u128(number)), history)
            .await;
    }
    world.caught_up().await;
}

fn durations(n: i64, excluded: i64, median: Option<&str>, p90: Option<&str>) -> Value {
    json!({"n": n, "uitgesloten": excluded, "mediaanDagen": median, "p90Dagen": p90})
}

#[tokio::test]
async fn a_half_year_counts_as_its_definitions_say() {
    let world = World::new().await;
    let evaluation = Evaluation::open(&world.read, 2).await.unwrap();
    lived(&world).await;
    let report = evaluation
        .report(&zeeveld(), &"2019-H1".parse().unwrap())
        .await
        .unwrap();
    let report = serde_json::to_value(&report).unwrap();
    assert_eq!(
        report["periode"],
        json!({"naam": "2019-H1", "van": "2019-01-01", "tot": "2019-07-01"})
    );
    assert_eq!(report["definitieversie"], DEFINITION_VERSION);
    assert_eq!(report["positie"], 16);

    let total = &report["totaal"];
    assert_eq!(total["ontvangen"], 3);
    assert_eq!(total["besloten"], 3);
    assert_eq!(total["afgehandeld"], 2);
    assert_eq!(
        (&total["heropend"], &total["ingetrokken"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(
        total["totToewijzing"],
        durations(2, 0, Some("1.3"), Some("1.5"))
    );
    assert_eq!(
        total["totBesluit"],
        durations(2, 1, Some("16.0"), Some("27.2"))
    );
    assert_eq!(
        total["totAfhandeling"],
        durations(1, 0, Some("10.0"), Some("10.0"))
    );
    assert_eq!(
        total["onderMandaat"],
        json!({"ja": 1, "nee": 1, "onbekend": 1})
    );
    assert_eq!(
        total["geescaleerd"],
        json!({"aantal": 1, "perGrond": {"above-ceiling": 1}})
    );
    assert_eq!(total["geweigerdeBesluiten"], 2);
    let outcomes = &total["uitkomsten"];
    assert_eq!(
        outcomes["granted"],
        json!({"aantal": 2, "totBesluit": durations(1, 1, Some("2.0"), Some("2.0"))})
    );
    assert_eq!(
        outcomes["refused"],
        json!({"aantal": 1, "totBesluit": durations(1, 0, Some("30.0"), Some("30.0"))})
    );
    assert_eq!(
        outcomes["referred"],
        json!({"aantal": 0, "totBesluit": durations(0, 0, None, None)})
    );
    // The ages are 183.5, 122.5 and 0 days and 1 second; one was never submitted.
    assert_eq!(total["openAanEinde"]["aantal"], 4);
    assert_eq!(
        total["openAanEinde"]["leeftijd"],
        durations(3, 1, Some("121.5"), Some("170.3"))
    );

    let wijken: Vec<_> = report["perWijk"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["wijk"])
        .collect();
    assert_eq!(
        wijken,
        [&json!("WK999901"), &json!("WK999902"), &Value::Null]
    );
    let known: std::collections::BTreeSet<_> = total
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let explained = report["definities"].as_array().unwrap();
    for member in known {
        assert!(
            explained.iter().any(|it| it["cijfer"] == member),
            "{member} is explained"
        );
    }
}
