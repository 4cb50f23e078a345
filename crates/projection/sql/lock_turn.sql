select
    serving,
    live,
    greatest(
        extract(epoch from lease_until - statement_timestamp())::double precision,
        0
    ) as left_s
from read.projection
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
for update
