insert into read.projection (
    tenant,
    name,
    version,
    slot,
    serving,
    live
)
select
    $1,
    $2,
    $3,
    $4,
    $5,
    true
where not exists (
    select
    from read.projection
    where tenant = $1
        and name = $2
        and version = $3
)
-- Another server may have made it just now.
on conflict do nothing
