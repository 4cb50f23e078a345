-- The version of the software at hand where that serves, else the latest before it.
select
    version,
    position
from read.projection
where tenant = $1
    and name = $2
    and version <= $3
    and serving
order by version desc
limit 1
