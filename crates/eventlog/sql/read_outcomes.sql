-- As read_outcome.sql, of whichever of these commands are in the log.
select
    command.command_id,
    command.fingerprint,
    command.refusal,
    command.first_position,
    command.event_count,
    min(stream.recorded_at) as recorded_at,
    array_agg(stream.version order by stream.first_position) as versions
from log.command
cross join lateral (
    select
        min(event.position) as first_position,
        max(event.version) as version,
        min(event.recorded_at) as recorded_at
    from log.event
    where event.tenant = command.tenant
        and event.position >= command.first_position
        and event.position < command.first_position + command.event_count
    group by
        event.stream_kind,
        event.stream_id
) as stream
where command.tenant = $1
    and command.command_id = any($2)
group by
    command.command_id,
    command.fingerprint,
    command.refusal,
    command.first_position,
    command.event_count
