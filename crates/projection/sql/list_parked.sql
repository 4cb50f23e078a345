select
    stream_kind,
    stream_id,
    position,
    event_id,
    kind,
    schema,
    error,
    attempts,
    parked_at
from read.parked
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
order by
    position
limit $5
