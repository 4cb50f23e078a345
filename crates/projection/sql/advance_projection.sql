update read.projection as it
set
    position = $6,
    recorded_at = $7,
    halted = false,
    error = null,
    restarts = 0,
    lease_until = case
        when lease_holder = $8 then statement_timestamp() + make_interval(secs => $9::double precision)
        else lease_until
    end
where it.tenant = $1
    and it.name = $2
    and it.version = $3
    and it.slot = $4
    and it.position = $5
    and it.live
    and it.desired = 'running'
    and ($8::uuid is null or it.lease_holder = $8)
returning exists (
    select
    from read.parked
    where parked.tenant = $1
        and parked.name = $2
        and parked.version = $3
        and parked.slot = $4
) as parked
