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
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
returning position
