update read.projection
set lease_until = statement_timestamp() + make_interval(secs => $6::double precision)
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
    and lease_holder = $5
    and not live
