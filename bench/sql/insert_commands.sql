insert into log.command (
    tenant,
    command_id,
    fingerprint,
    first_position,
    event_count
)
select
    tenant,
    command_id,
    '\x07'::bytea,
    position,
    1
from log.event
where tenant = $1
order by position
