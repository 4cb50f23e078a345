//! What a newer version wrote is known at start.

use eventlog::{Expected, Form};

use super::*;
use crate::support::event::{append, write};

#[tokio::test]
async fn forms_without_a_decoder_are_found_without_reading_the_log() {
    let world = World::new().await;
    world.submitted(None).await;
    let found = world.dispatch.unreadable(&zeeveld()).await.unwrap();
    assert_eq!(found, [], "whatever this version writes it can read");
    let mut newer = append([write("a", Expected::New, 2)]);
    for (event, schema) in newer.writes[0].events.iter_mut().zip([2, 99]) {
        "request-submitted".clone_into(&mut event.kind);
        event.schema = schema;
    }
    let stored = world
        .dispatch
        .log()
        .append(&zeeveld(), newer)
        .await
        .unwrap();
    assert_eq!(
        world.dispatch.unreadable(&zeeveld()).await.unwrap(),
        [Form {
            kind: "request-submitted".to_owned(),
            schema: 99,
            first_position: stored.last_position,
        }]
    );
}
