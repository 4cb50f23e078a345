-- As read_outcome.sql, of whichever of these commands are in the log.
-- One look-up each: a plan made while the log was small would read all of the tenant's for "any".
select
    command.command_id,
    command.fingerprint,
    command.refusal,
    command.first_position,
    command.event_count,
    min(stream.recorded_at) as recorded_at,
    array_agg(stream.version order by stream.first_position) as versions
from unnest($2::uuid[]) as sent (command_id)
cross join lateral (
    select
        tenant,
        command_id,
        fingerprint,
        refusal,
        first_position,
        event_count
    from log.command
    where command.tenant = $1
        and command.command_id = sent.command_id
    limit 1
) as command
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
group by
    command.command_id,
    command.fingerprint,
    command.refusal,
    command.first_position,
    command.event_count
