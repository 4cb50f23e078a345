select
    it.position,
    it.recorded_at,
    it.serving,
    it.halted,
    it.error,
    (
        select count(*)
        from read.parked
        where parked.tenant = $1
            and parked.name = $2
            and parked.version = $3
            and parked.slot = $4
    ) as parked
from read.projection as it
where it.tenant = $1
    and it.name = $2
    and it.version = $3
    and it.slot = $4
