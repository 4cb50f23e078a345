-- Waits for workers of an earlier run that are still at it: what they commit is read here, and what they
-- try later fails.
select
    part,
    parts,
    position,
    target
from read.fill
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
order by part
for update
