insert into raw_event (
    tenant,
    event_id,
    stream_kind,
    stream_id,
    version,
    kind,
    schema,
    occurred_at,
    occurred_precision,
    actor,
    on_behalf_of,
    correlation,
    causation,
    command_id,
    payload,
    encrypted
)
select
    $1,
    new.event_id,
    $2,
    $3,
    new.version,
    new.kind,
    new.schema,
    new.occurred_at,
    new.occurred_precision,
    new.actor,
    new.on_behalf_of,
    new.correlation,
    new.causation,
    $4,
    new.payload,
    new.encrypted
from unnest(
    $5::uuid[], $6::bigint[], $7::text[], $8::integer[], $9::timestamptz[], $10::text[], $11::text[],
    $12::text[], $13::uuid[], $14::uuid[], $15::text[], $16::bytea[]
) as new (
    event_id, version, kind, schema, occurred_at, occurred_precision, actor,
    on_behalf_of, correlation, causation, payload, encrypted
)
returning position
