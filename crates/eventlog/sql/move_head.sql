update log.head
set
    position = $2,
    revision = revision + 1,
    recorded_at = $3
where tenant = $1
