update log.head
set
    position = last.position,
    recorded_at = last.recorded_at
from (
    select
        position,
        recorded_at
    from log.event
    where tenant = $1
    order by position desc
    limit 1
) as last
where head.tenant = $1
