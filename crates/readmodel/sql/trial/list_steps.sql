select
    request_id,
    event_id,
    kind,
    schema,
    occurred_at,
    payload
from step
where tenant = $1
order by
    request_id,
    version
