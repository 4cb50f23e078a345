update read.projection
set
    position = $5,
    recorded_at = $6,
    error = null
where tenant = $1
    and name = $2
    and version = $3
    and position = $4
