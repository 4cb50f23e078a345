insert into log.form (
    tenant,
    kind,
    schema,
    first_position
)
select
    tenant,
    kind,
    schema,
    min(position)
from log.event
where tenant = $1
group by
    tenant,
    kind,
    schema
