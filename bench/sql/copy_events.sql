copy log.event (
    tenant,
    position,
    event_id,
    stream_kind,
    stream_id,
    version,
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
from stdin (format binary)
