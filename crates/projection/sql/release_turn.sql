update read.projection
set
    lease_holder = null,
    lease_until = null
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
    and lease_holder = $5
    and not live
