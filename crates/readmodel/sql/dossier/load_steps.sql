select
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
from step
where tenant = $1
    and request_id = $2
order by version
