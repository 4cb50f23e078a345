//! What a reader gets: queues in order and by page, and dossiers with what may still be read.

use casework::event::Clock;
use casework::event::{
    Basis, Closing, EscalationReturned, Lead, Outcome, RequestAssigned, RequestDecided,
    RequestImported, RequestResolved, RequestSubmitted, RequesterKind, TermSet,
};
use casework::mandate::{Act, Limits};
use casework::{
    Cents, Channel, Domain, Event, Function, MandateId, PersonId, Placement, RequestId, StaffId,
    Text, WijkCode, WijkSource, stored,
};
use eventlog::NewEvent;
use jiff::civil::date;
use readmodel::document::FieldValue;
use readmodel::dossier::Dossier;
use readmodel::queue::{Page, Queue};
use serde_json::json;
use uuid::Uuid;
use vault::field::{self, Context};
use vault::{Kek, Owner, Vault};

use super::history;
use super::world::{World, offered, stream};
use crate::support::event::{past, zeeveld};

pub(super) const KEK: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn wijk(code: &str) -> WijkCode {
    WijkCode::new(code).unwrap()
}

fn stated(code: &str) -> Placement {
    Placement {
        wijk: Some(wijk(code)),
        edition: Some(2026),
        source: WijkSource::Stated,
    }
}

/// A request from a resident of this wijk; an empty code leaves it unknown.
pub(super) fn submitted(code: &str) -> Event {
    RequestSubmitted {
        placement: if code.is_empty() {
            Placement::unknown()
        } else {
            stated(code)
        },
        domain: Some(Domain::Sociaal),
        request_kind: Some("bankje".to_owned()),
        channel: Channel::Phone,
        requester_kind: RequesterKind::Resident,
        requester: Some(PersonId(Uuid::from_u128(0xa))),
        words: Text::Withheld,
        name: Text::Withheld,
        contact: Text::Withheld,
        place: Text::Withheld,
    }
    .into()
}

fn term(month: i8, day: i8) -> Event {
    TermSet {
        clock: Clock::Servicenorm,
        end: date(2026, month, day),
        rule: "servicenorm/sociaal".to_owned(),
        rule_version: 1,
    }
    .into()
}

fn request(number: u128) -> RequestId {
    RequestId(Uuid::from_u128(number))
}

#[tokio::test]
async fn a_queue_has_what_is_due_first_and_then_what_waits_longest() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let here = "WK999901";
    let histories: Vec<(u128, Vec<(&str, Event)>)> = vec![
        (1, vec![("2026-02-03T09:00:00Z", submitted(here))]),
        (2, vec![("2026-02-02T09:00:00Z", submitted(here))]),
        (
            3,
            vec![
                ("2026-02-09T09:00:00Z", submitted(here)),
                ("2026-02-09T09:00:00Z", term(3, 1)),
            ],
        ),
        (
            4,
            vec![
                ("2026-02-08T09:00:00Z", submitted(here)),
                ("2026-02-08T09:00:00Z", term(2, 20)),
            ],
        ),
        (5, vec![("2026-02-01T09:00:00Z", submitted("WK999902"))]),
        (6, vec![("2026-02-01T09:00:00Z", submitted(""))]),
    ];
    for (number, history) in histories {
        world.happened(request(number), history).await;
    }
    world.caught_up().await;
    let here = wijk(here);
    let page = async |offset, limit| {
        queue
            .page(&zeeveld(), Some(&here), Page { offset, limit })
            .await
            .unwrap()
    };
    let ids = |page: &readmodel::document::QueueDocument| {
        page.items
            .iter()
            .map(|item| item.request.0.as_u128())
            .collect::<Vec<_>>()
    };
    let all = page(0, 100).await;
    assert_eq!(
        (ids(&all), all.total, all.position),
        (vec![4, 3, 2, 1], 4, 8)
    );
    let second = page(2, 1).await;
    assert_eq!((ids(&second), second.total, second.offset), (vec![2], 4, 2));
    assert_eq!(ids(&page(9, 5).await), Vec::<u128>::new());
    // Nonsense is cut to what can be answered.
    assert_eq!(ids(&page(-3, 0).await), vec![4]);
    let intake = queue.page(&zeeveld(), None, Page::default()).await.unwrap();
    assert_eq!((ids(&intake), intake.wijk), (vec![6], None));
    let overview = queue.overview(&zeeveld()).await.unwrap();
    let open: Vec<_> = overview
        .queues
        .iter()
        .map(|it| (it.wijk.clone(), it.open))
        .collect();
    assert_eq!(
        open,
        [(Some(here), 4), (Some(wijk("WK999902")), 1), (None, 1)]
    );
}

#[tokio::test]
async fn a_queue_document_says_who_has_it_since_when_and_the_last_day() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let assigned = RequestAssigned {
        lead: Lead {
            function: Some(Function::new("wijkregisseur-sociaal").unwrap()),
            person: Some(StaffId::new("rosa").unwrap()),
        },
        urgent: false,
        reason: Text::Withheld,
    };
    world
        .happened(
            request(1),
            [
                ("2026-02-03T09:00:00.5Z", submitted("WK999901")),
                ("2026-02-03T09:00:00.5Z", term(2, 24)),
                ("2026-02-04T10:00:00Z", assigned.into()),
            ],
        )
        .await;
    world.caught_up().await;
    let page = queue
        .page(&zeeveld(), Some(&wijk("WK999901")), Page::default())
        .await
        .unwrap();
    let expected = json!({
        "wijk": "WK999901", "aantal": 1, "vanaf": 0, "positie": 3, "onvolledig": 0,
        "verzoeken": [{
            "verzoek": request(1), "wijk": "WK999901", "wijkHerkomst": "stated", "domein": "sociaal",
            "soort": "bankje", "toestand": "assigned", "ingediendOp": "2026-02-03T09:00:00.5Z",
            "kanaal": "phone", "soortVerzoeker": "resident",
            "trekker": {"functie": "wijkregisseur-sociaal", "persoon": "rosa", "sinds": "2026-02-04T10:00:00Z"},
            "escalatie": null, "beslotenOp": null,
            "termijnen": [{"klok": "servicenorm", "einddatum": "2026-02-24"}],
            "versie": 3, "positie": 3
        }]
    });
    assert_eq!(serde_json::to_value(page).unwrap(), expected);
}

/// A decision by the holder of a mandate, with its checks as they came out.
fn decided() -> Event {
    let limits = Limits {
        ceiling_cents: Some(Cents(50_000)),
        ..history::limits()
    };
    let place = wijk("WK999901");
    let checks = limits.check(
        &Act {
            on: date(2026, 2, 5),
            function: &limits.holder,
            wijk: Some(&place),
            domain: Some(Domain::Sociaal),
            amount: Some(Cents(45_000)),
        },
        None,
    );
    RequestDecided {
        outcome: Outcome::Granted,
        amount_cents: Some(Cents(45_000)),
        basis: Basis::Mandate {
            entry: MandateId::new("sociaal-2026").unwrap(),
            entry_version: 2,
            limits: Box::new(limits),
            checks,
        },
        function: Some(Function::new("wijkregisseur-sociaal").unwrap()),
        residents: None,
        motivation: Text::Withheld,
        residents_note: Text::Withheld,
    }
    .into()
}

/// Seals texts into an event of a request, each under the key of its owner.
async fn sealed(
    vault: &Vault,
    of: RequestId,
    mut event: NewEvent,
    texts: &[(&str, Owner, &str)],
) -> NewEvent {
    let id = of.to_string();
    let context = Context {
        tenant: "zeeveld",
        stream_kind: "request",
        stream_id: &id,
        event_id: event.event_id,
        kind: &event.kind,
        schema: event.schema,
    };
    let mut keys = Vec::new();
    for (_, owner, _) in texts {
        keys.push(vault.key_for("zeeveld", *owner).await.unwrap());
    }
    let fields: Vec<_> = texts
        .iter()
        .zip(&keys)
        .map(|((name, _, text), key)| (*name, key, text.as_bytes()))
        .collect();
    event.encrypted = Some(field::seal(&context, &fields).unwrap());
    event
}

#[tokio::test]
async fn a_dossier_opens_what_was_written_until_its_key_is_destroyed() {
    let world = World::new().await;
    let keys = Vault::new(world.db.app_pool().await, Kek::from_base64(KEK).unwrap());
    let reading = Vault::new(world.read.clone(), Kek::from_base64(KEK).unwrap());
    let dossier = Dossier::open(&world.read, reading, 2).await.unwrap();
    let anna = Owner::Person(Uuid::from_u128(0xa));
    let case = Owner::Case(request(1).0);
    let first = sealed(
        &keys,
        request(1),
        offered(&submitted("WK999901"), past()),
        &[("name", anna, "Anna"), ("words", anna, "een bankje graag")],
    )
    .await;
    let second = sealed(
        &keys,
        request(1),
        offered(&decided(), past()),
        &[("motivation", case, "veilig zitten")],
    )
    .await;
    // What was copied from another event, and what is no encrypted part at all.
    let mut copied = offered(&term(3, 1), past());
    copied.encrypted.clone_from(&second.encrypted);
    let mut broken = offered(&term(3, 2), past());
    broken.encrypted = Some(vec![9, 9]);
    world
        .append(
            &zeeveld(),
            vec![(stream(request(1)), vec![first, second, copied, broken])],
        )
        .await;
    world.caught_up().await;

    let texts = async || {
        let document = dossier.read(&zeeveld(), request(1)).await.unwrap().unwrap();
        let fields = document.steps.into_iter().flat_map(|step| step.fields);
        fields
            .map(|field| (field.name, field.value))
            .collect::<Vec<_>>()
    };
    let clear = |text: &str| FieldValue::Clear {
        text: text.to_owned(),
    };
    let open = texts().await;
    assert_eq!(
        open[..3],
        [
            ("name".to_owned(), clear("Anna")),
            ("words".to_owned(), clear("een bankje graag")),
            ("motivation".to_owned(), clear("veilig zitten")),
        ]
    );
    assert!(
        matches!(&open[3].1, FieldValue::Unreadable { reason } if reason.contains("copied from elsewhere"))
    );
    assert!(
        matches!(&open[4].1, FieldValue::Unreadable { reason } if reason.contains("version 9"))
    );

    keys.destroy("zeeveld", anna).await.unwrap();
    let erased = texts().await;
    assert_eq!(
        erased[..3],
        [
            ("name".to_owned(), FieldValue::Erased),
            ("words".to_owned(), FieldValue::Erased),
            ("motivation".to_owned(), clear("veilig zitten")),
        ]
    );
    let document = dossier.read(&zeeveld(), request(1)).await.unwrap().unwrap();
    let shown = serde_json::to_value(&document.steps[0]).unwrap();
    assert_eq!(
        shown["teksten"][0],
        json!({"naam": "name", "waarde": {"stand": "gewist"}})
    );
    assert!(
        !format!("{document:?}").contains("zitten"),
        "no trace shows what was written"
    );
}

#[tokio::test]
async fn a_dossier_shows_each_check_of_the_mandate_as_it_stood_and_what_is_odd() {
    let world = World::new().await;
    let vault = Vault::new(world.read.clone(), Kek::from_base64(KEK).unwrap());
    let dossier = Dossier::open(&world.read, vault, 2).await.unwrap();
    let resolved = RequestResolved {
        closing: Some(Closing::Message {
            channel: Channel::Phone,
        }),
        message: Text::Withheld,
        requester: None,
    };
    let returned = EscalationReturned {
        organ: None,
        instruction: Text::Withheld,
    };
    world
        .happened(
            request(1),
            [
                ("2026-02-03T09:00:00Z", submitted("WK999901")),
                ("2026-02-05T09:00:00Z", decided()),
                ("2026-02-06T09:00:00Z", resolved.into()),
                ("2026-02-06T08:00:00Z", returned.into()),
            ],
        )
        .await;
    world.caught_up().await;
    let document = dossier.read(&zeeveld(), request(1)).await.unwrap().unwrap();
    let shown = serde_json::to_value(&document).unwrap();
    let stand = json!({
        "toestand": "resolved", "versie": 4, "wijk": "WK999901", "domein": "sociaal",
        "ingediendOp": "2026-02-03T09:00:00Z", "uitkomst": "granted", "onderMandaat": true
    });
    assert_eq!(shown["stand"], stand);
    let decision = &shown["stappen"][1];
    assert_eq!(decision["soort"], "request-decided");
    assert_eq!(decision["door"], "staff:rosa");
    assert_eq!(decision["nauwkeurigheid"], "instant");
    let mandate = &decision["inhoud"]["mandaat"];
    assert_eq!(
        (&mandate["mandaat"], &mandate["versie"]),
        (&json!("sociaal-2026"), &json!(2))
    );
    assert_eq!(mandate["grenzen"]["plafondCenten"], 50_000);
    let checks: Vec<_> = mandate["toetsen"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| &check["toets"])
        .collect();
    assert_eq!(checks, ["holder", "in-force", "wijk", "domain", "ceiling"]);
    let ceiling = json!({"toets": "ceiling", "geslaagd": true, "bedragCenten": 45_000, "plafondCenten": 50_000});
    assert_eq!(mandate["toetsen"][4], ceiling);
    let odd: Vec<_> = document
        .steps
        .iter()
        .map(|step| {
            step.anomalies
                .iter()
                .map(|note| note.code.as_str())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        odd,
        [
            vec![],
            vec![],
            vec![],
            vec!["out-of-order", "after-end", "not-escalated"]
        ]
    );
    assert_eq!(dossier.read(&zeeveld(), request(2)).await.unwrap(), None);
}

#[tokio::test]
async fn an_imported_case_is_found_by_its_number_there_also_after_that_was_corrected() {
    let world = World::new().await;
    let vault = Vault::new(world.read.clone(), Kek::from_base64(KEK).unwrap());
    let dossier = Dossier::open(&world.read, vault, 2).await.unwrap();
    let imported = |number: &str| -> Event {
        RequestImported {
            source_name: "zaaksysteem".to_owned(),
            case_number: number.to_owned(),
            placement: stated("WK999901"),
            domain: None,
            request_kind: None,
        }
        .into()
    };
    let stored = stored::encode(&imported("Z-1"), request(1))
        .unwrap()
        .with_source(&stored::Source {
            name: "zaaksysteem".to_owned(),
            record: "17".to_owned(),
        });
    let mut first = offered(&imported("Z-1"), past());
    first.payload = eventlog::canonical::to_canonical_json(&stored.payload).unwrap();
    let wrong = first.event_id;
    world
        .append(&zeeveld(), vec![(stream(request(1)), vec![first])])
        .await;
    world.caught_up().await;
    let found = async |number| {
        dossier
            .find_imported(&zeeveld(), "zaaksysteem", number)
            .await
            .unwrap()
    };
    assert_eq!(found("Z-1").await, [request(1)]);

    let correction = history::correction(wrong, &imported("Z-2"), past());
    world
        .append(
            &zeeveld(),
            vec![(stream(request(1)), vec![offered(&correction, past())])],
        )
        .await;
    world.caught_up().await;
    assert_eq!(
        (found("Z-1").await, found("Z-2").await),
        (vec![], vec![request(1)])
    );
    let document = dossier.read(&zeeveld(), request(1)).await.unwrap().unwrap();
    assert_eq!(document.imported_from.unwrap().case_number, "Z-2");
    let step = &document.steps[0];
    assert_eq!(step.source.as_ref().unwrap().record, "17");
}
