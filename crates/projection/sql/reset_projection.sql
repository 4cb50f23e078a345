update read.projection
set
    position = 0,
    recorded_at = null,
    desired = 'running',
    halted = false,
    error = null,
    restarts = 0
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
