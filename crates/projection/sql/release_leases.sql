update read.projection
set
    lease_holder = null,
    lease_until = null
where tenant = $1
    and lease_holder = $2
