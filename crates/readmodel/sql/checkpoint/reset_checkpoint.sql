update read.projection
set
    position = 0,
    recorded_at = null,
    error = null
where tenant = $1
    and name = $2
    and version = $3
