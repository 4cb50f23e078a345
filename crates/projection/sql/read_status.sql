select
    it.slot,
    it.position,
    it.recorded_at,
    it.serving,
    it.live,
    it.desired = 'stopped' as stopped,
    it.halted,
    it.error,
    it.restarts,
    coalesce(it.lease_until >= statement_timestamp(), false) as led,
    (
        select count(*)
        from read.parked
        where parked.tenant = $1
            and parked.name = $2
            and parked.version = $3
            and parked.slot = it.slot
    ) as parked,
    (
        select extract(epoch from statement_timestamp() - event.recorded_at)::double precision
        from log.event
        where event.tenant = $1
            and event.position = it.position + 1
    ) as lag_s
from read.projection as it
where it.tenant = $1
    and it.name = $2
    and it.version = $3
order by
    it.serving desc,
    it.slot
