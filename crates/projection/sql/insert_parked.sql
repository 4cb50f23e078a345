insert into read.parked (
    tenant,
    name,
    version,
    slot,
    stream_kind,
    stream_id,
    position,
    event_id,
    kind,
    schema,
    error,
    attempts,
    parked_at
)
select
    $1,
    $2,
    $3,
    $4,
    stream_kind,
    stream_id,
    position,
    event_id,
    kind,
    schema,
    error,
    $12,
    coalesce($13, statement_timestamp())
from unnest(
    $5::text[],
    $6::text[],
    $7::bigint[],
    $8::uuid[],
    $9::text[],
    $10::integer[],
    $11::text[]
) as new (stream_kind, stream_id, position, event_id, kind, schema, error)
