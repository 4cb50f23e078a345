-- Streams come in the order in which the command wrote them, each with its last version.
select
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
    from (
        -- By position, also under a plan from when the log was small and any key would do.
        select *
        from log.event
        where event.tenant = command.tenant
            and event.position >= command.first_position
        order by event.position
        limit command.event_count
    ) as event
    group by
        event.stream_kind,
        event.stream_id
) as stream
where command.tenant = $1
    and command.command_id = $2
group by
    command.fingerprint,
    command.refusal,
    command.first_position,
    command.event_count
