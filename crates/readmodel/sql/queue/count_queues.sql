select
    wijk,
    count(*) as open,
    count(*) filter (where assigned_at is null) as without_lead,
    count(*) filter (where escalated_at is not null) as escalated
from request
where tenant = $1
    and ending is null
group by wijk
order by wijk
