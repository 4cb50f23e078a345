select count(*)
from request
where tenant = $1
    and queue = $2
    and ending is null
