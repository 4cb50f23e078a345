select
    request_id,
    position,
    first_at,
    last_at,
    turned_at,
    turned_version,
    open
from request
where tenant = $1
    and request_id = any($2)
