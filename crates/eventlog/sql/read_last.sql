-- The last event there is, which a restore has before its head.
select
    position,
    recorded_at
from log.event
where tenant = $1
order by position desc
limit 1
