insert into read.projection (
    tenant,
    name,
    version,
    serving
)
select
    $1,
    $2,
    $3,
    not exists (
        select
        from read.projection
        where tenant = $1
            and name = $2
            and serving
    )
-- Also when another version became the serving one just now: then the next call makes the row.
on conflict do nothing
