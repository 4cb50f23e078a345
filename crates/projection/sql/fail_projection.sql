-- Notes a failure. Given up, the build leaves the turn to others; whoever has no turn notes nothing while
-- another has it.
update read.projection
set
    error = $6,
    restarts = restarts + 1,
    halted = restarts >= $7,
    lease_holder = case when restarts < $7 then lease_holder end,
    lease_until = case when restarts < $7 then lease_until end
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
    and live
    and (
        lease_holder is not distinct from $5
        or lease_until < statement_timestamp()
    )
returning
    restarts,
    halted
