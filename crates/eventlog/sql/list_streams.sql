select distinct stream_id
from log.event
where tenant = $1
    and stream_kind = $2
order by stream_id
