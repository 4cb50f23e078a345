select
    command_id,
    fingerprint,
    refusal,
    first_position,
    event_count
from log.command
where tenant = $1
    and command_id = any($2)
