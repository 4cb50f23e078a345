insert into request (
    tenant,
    request_id,
    position,
    first_at,
    last_at,
    turned_at,
    turned_version,
    open
)
select
    $1,
    new.*
from unnest(
    $2::uuid[], $3::bigint[], $4::timestamptz[], $5::timestamptz[],
    $6::timestamptz[], $7::bigint[], $8::boolean[]
) as new (
    request_id, position, first_at, last_at,
    turned_at, turned_version, open
)
on conflict on constraint request_pkey do update
set
    position = excluded.position,
    first_at = excluded.first_at,
    last_at = excluded.last_at,
    turned_at = excluded.turned_at,
    turned_version = excluded.turned_version,
    open = excluded.open
where request.position < excluded.position
