select
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
from log.event
where tenant = $1
    and position > $2
    and position <= $3
order by position
