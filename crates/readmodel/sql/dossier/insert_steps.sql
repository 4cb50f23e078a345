insert into step (
    tenant,
    request_id,
    version,
    position,
    event_id,
    kind,
    schema,
    occurred_at,
    occurred_precision,
    recorded_at,
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
    new.*
from unnest(
    $2::uuid[], $3::bigint[], $4::bigint[], $5::uuid[], $6::text[], $7::integer[], $8::timestamptz[], $9::text[],
    $10::timestamptz[], $11::text[], $12::text[], $13::uuid[], $14::uuid[], $15::uuid[], $16::text[], $17::bytea[]
) as new (
    request_id, version, position, event_id, kind, schema, occurred_at, occurred_precision,
    recorded_at, actor, on_behalf_of, correlation, causation, command_id, payload, encrypted
)
