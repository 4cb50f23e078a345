select
    name,
    version,
    slot,
    halted,
    coalesce(lease_holder = $2, false) as held,
    live and desired = 'running' as wanted
from read.projection
where tenant = $1
