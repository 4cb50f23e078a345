-- What the operator wants of the view holds for the build that is filled too.
update read.projection as it
set
    position = 0,
    recorded_at = null,
    desired = coalesce(
        (
            select other.desired
            from read.projection as other
            where other.tenant = $1
                and other.name = $2
                and other.version = $3
                and other.slot <> $4
        ),
        it.desired
    ),
    halted = false,
    error = null,
    restarts = 0
where it.tenant = $1
    and it.name = $2
    and it.version = $3
    and it.slot = $4
