select
    kind,
    schema,
    first_position
from log.form
where tenant = $1
order by
    kind,
    schema
