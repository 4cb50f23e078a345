insert into log.form (
    tenant,
    kind,
    schema,
    first_position
)
select
    $1,
    new.kind,
    new.schema,
    new.first_position
from unnest($2::text[], $3::integer[], $4::bigint[]) as new (kind, schema, first_position)
on conflict on constraint form_pkey do nothing
