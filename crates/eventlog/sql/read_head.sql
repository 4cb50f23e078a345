select
    position,
    recorded_at
from log.head
where tenant = $1
