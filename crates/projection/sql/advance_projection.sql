update read.projection
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
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
    and position = $5
    and live
    and desired = 'running'
    and ($8::uuid is null or lease_holder = $8)
