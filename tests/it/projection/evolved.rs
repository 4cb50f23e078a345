//! Records in the first form of their kind: loaded, followed and rebuilt through the upcast.

use casework::event::RequesterKind;
use casework::request::Action;
use casework::{
    Actor, By, Channel, Event, Function, RequestId, StaffId, Text, WijkCode, WijkSource, stored,
};
use dispatch::{Call, Dispatch, Intent};
use eventlog::Log;
use readmodel::queue::{Page, Queue};
use vault::{Kek, Vault};

use super::world::{World, offered_raw, stream};
use crate::support::event::{next_id, zeeveld};

/// As it was written before a wijk had an edition and a way it became known.
const FIRST_FORM: &str =
    include_str!("../../../crates/casework/testdata/request-submitted.v1.json");

/// A request in the first form, as a log of then holds it.
async fn old_request(world: &World) -> RequestId {
    let id = RequestId(next_id());
    let at = "2024-03-04T09:30:00Z".parse().unwrap();
    let old = offered_raw("request-submitted", 1, FIRST_FORM.trim_end().to_owned(), at);
    world
        .append(&zeeveld(), vec![(stream(id), vec![old])])
        .await;
    id
}

#[tokio::test]
async fn the_first_form_is_followed_as_what_it_means_today() {
    let world = World::new().await;
    old_request(&world).await;
    let mut follower = Log::new(world.db.app_pool().await).follow(&zeeveld(), 0);
    let batch = follower.next_batch().await.unwrap();
    let [recorded] = batch.as_slice() else {
        panic!("{batch:?}")
    };
    assert_eq!(recorded.schema, 1, "what is stored stays as it was");
    let Ok(Event::RequestSubmitted(submitted)) =
        stored::decode(&recorded.kind, recorded.schema, &recorded.payload)
    else {
        panic!("{recorded:?}");
    };
    assert_eq!(
        submitted.placement.wijk,
        Some(WijkCode::new("WK999901").unwrap())
    );
    assert_eq!(
        (submitted.placement.edition, submitted.placement.source),
        (None, WijkSource::Stated)
    );
    assert_eq!(
        (submitted.channel, submitted.requester_kind),
        (Channel::Unknown, RequesterKind::Unknown)
    );
}

#[tokio::test]
async fn a_command_is_decided_on_a_request_in_the_first_form() {
    let world = World::new().await;
    let id = old_request(&world).await;
    let keys = tempfile::tempdir().unwrap();
    let vault = Vault::new(
        world.db.app_pool().await,
        Kek::load_or_create(&keys.path().join("kek")).unwrap(),
    );
    let regisseur = Function::new("wijkregisseur-sociaal").unwrap();
    let call = Call {
        tenant: zeeveld(),
        by: By {
            actor: Actor::Staff(StaffId::new("rosa").unwrap()),
            functions: [regisseur.clone()].into(),
        },
        command_id: next_id(),
        correlation: next_id(),
        expected_version: Some(1),
        sent: Vec::new(),
    };
    let assign = Intent::Plain(Action::Assign {
        function: regisseur,
        person: None,
        urgent: false,
        reason: Text::Withheld,
    });
    // Refused with no-wijk or no-domain, were the old members lost on the way.
    let receipt = Dispatch::new(world.log.clone(), vault)
        .request(&call, id, assign)
        .await
        .unwrap();
    assert_eq!(receipt.version, 2);
}

#[tokio::test]
async fn the_first_form_stands_in_the_queue_live_and_rebuilt() {
    let world = World::new().await;
    let id = old_request(&world).await;
    world.caught_up().await;
    let live = world.rows(&zeeveld()).await;
    let queue = Queue::open(&world.read, 1).await.unwrap();
    let wijk = WijkCode::new("WK999901").unwrap();
    let page = queue
        .page(&zeeveld(), Some(&wijk), Page::default())
        .await
        .unwrap();
    assert_eq!(
        page.items
            .iter()
            .map(|item| item.request)
            .collect::<Vec<_>>(),
        [id]
    );
    for name in world.runner.names() {
        world.rebuilt(name, &zeeveld()).await;
    }
    assert_eq!(world.rows(&zeeveld()).await, live);
}
