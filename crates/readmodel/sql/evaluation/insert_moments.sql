insert into moment (
    tenant,
    request_id,
    version,
    occurred_at,
    kind,
    wijk,
    domain,
    request_kind,
    outcome,
    under_mandate,
    ground
)
select
    $1,
    new.*
from unnest(
    $2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::boolean[], $11::text[]
) as new (
    request_id, version, occurred_at, kind, wijk, domain,
    request_kind, outcome, under_mandate, ground
)
