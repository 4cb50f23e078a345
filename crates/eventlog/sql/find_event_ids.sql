-- One look-up each: a plan made while the log was small would read all of the tenant's for "any".
select asked.event_id
from unnest($2::uuid[]) as asked (event_id)
cross join lateral (
    select
    from log.event
    where event.tenant = $1
        and event.event_id = asked.event_id
    limit 1
) as found
