-- One look-up each: a plan made while the log was small would read all of the tenant's for "any".
select
    command.command_id,
    command.fingerprint,
    command.refusal,
    command.first_position,
    command.event_count
from unnest($2::uuid[]) as asked (command_id)
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
        and command.command_id = asked.command_id
    limit 1
) as command
