update read.projection
set
    halted = false,
    error = null,
    restarts = 0
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
    and position = $5
    and live
    and desired = 'running'
    and ($6::uuid is null or lease_holder = $6)
    and (
        restarts > 0
        or halted
        or error is not null
    )
