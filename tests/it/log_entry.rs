//! The entry encoding, made a second time by the database itself.

use eventlog::{Expected, Precision, entry};

use crate::support::db::TestDb;
use crate::support::event::{append, event, next_id, write, zeeveld};

/// Leaf hashes as `docs/decisions/0002-entry-encoding.md` says, in SQL.
const LEAVES: &str = "
    select sha256(
        '\\x00'::bytea
        || '\\x01'::bytea
        || int4send(octet_length(tenant)) || convert_to(tenant, 'UTF8')
        || int8send(position)
        || uuid_send(event_id)
        || int4send(octet_length(stream_kind)) || convert_to(stream_kind, 'UTF8')
        || int4send(octet_length(stream_id)) || convert_to(stream_id, 'UTF8')
        || int8send(version)
        || int4send(octet_length(kind)) || convert_to(kind, 'UTF8')
        || int4send(schema)
        || int8send((extract(epoch from occurred_at) * 1000000)::bigint)
        || case occurred_precision when 'instant' then '\\x01'::bytea when 'day' then '\\x02'::bytea end
        || int8send((extract(epoch from recorded_at) * 1000000)::bigint)
        || int4send(octet_length(actor)) || convert_to(actor, 'UTF8')
        || coalesce('\\x01'::bytea || int4send(octet_length(on_behalf_of)) || convert_to(on_behalf_of, 'UTF8'), '\\x00')
        || uuid_send(correlation)
        || coalesce('\\x01'::bytea || uuid_send(causation), '\\x00')
        || uuid_send(command_id)
        || int4send(octet_length(payload)) || convert_to(payload, 'UTF8')
        || coalesce('\\x01'::bytea || int4send(octet_length(encrypted)) || encrypted, '\\x00')
    )
    from log.event
    order by position";

#[tokio::test]
async fn the_database_hashes_every_row_to_the_same_leaf() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let mut full = event();
    full.precision = Precision::Day;
    full.schema = 3;
    full.occurred_at = "1969-12-30T23:59:59.999999Z".parse().unwrap();
    full.on_behalf_of = Some("straße-één-🙂".to_owned());
    full.causation = Some(next_id());
    full.payload = r#"{"naam":"Café 🙂"}"#.to_owned();
    full.encrypted = Some((0..=255).collect());
    let mut empty = event();
    empty.encrypted = Some(Vec::new());
    let mut command = append([write("één/🙂", Expected::New, 1)]);
    command.writes[0].events.extend([full, empty]);
    log.append(&tenant, command).await.unwrap();

    let in_sql: Vec<Vec<u8>> = sqlx::query_scalar(LEAVES)
        .fetch_all(&db.read_pool().await)
        .await
        .unwrap();
    let in_rust: Vec<Vec<u8>> = log
        .read_after(&tenant, 0, 10)
        .await
        .unwrap()
        .iter()
        .map(|recorded| entry::leaf_hash(&entry::encode(&tenant, recorded)).to_vec())
        .collect();
    assert_eq!(in_rust.len(), 3);
    assert_eq!(in_rust, in_sql);
}
