-- One that was filled gives its lease back, so that a runner takes it; one that a runner has keeps it.
update read.projection as it
set
    position = $5,
    recorded_at = (
        select event.recorded_at
        from log.event
        where event.tenant = $1
            and event.position = $5
    ),
    serving = $6,
    halted = false,
    error = null,
    restarts = 0,
    lease_holder = case when it.live then it.lease_holder end,
    lease_until = case when it.live then it.lease_until end,
    live = true
where it.tenant = $1
    and it.name = $2
    and it.version = $3
    and it.slot = $4
