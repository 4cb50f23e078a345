select event_id
from log.event
where tenant = $1
    and event_id = any($2)
