insert into read.fill (
    tenant,
    name,
    version,
    slot,
    part,
    parts,
    target
)
select
    $1,
    $2,
    $3,
    $4,
    part,
    $5,
    0
from generate_series(0, $5 - 1) as part
