-- From now on no runner follows this build, until it is whole.
update read.projection
set
    live = false,
    lease_holder = gen_random_uuid(),
    lease_until = statement_timestamp() + make_interval(secs => $5::double precision)
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
returning lease_holder
