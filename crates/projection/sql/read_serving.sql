-- Which build serves, else how far the first one has come.
select
    slot,
    position,
    serving
from read.projection
where tenant = $1
    and name = $2
    and version = $3
order by
    serving desc,
    position desc
limit 1
