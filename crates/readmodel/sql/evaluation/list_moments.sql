-- Of every request that can count in the period, all that happened before its end, in order.
select
    moment.request_id,
    moment.occurred_at,
    moment.kind,
    moment.wijk,
    moment.domain,
    moment.request_kind,
    moment.outcome,
    moment.under_mandate,
    moment.ground
from moment
join request on request.tenant = moment.tenant
    and request.request_id = moment.request_id
where request.tenant = $1
    and request.first_at < $3
    and (request.last_at >= $2 or request.open)
    and moment.occurred_at < $3
order by
    moment.request_id,
    moment.occurred_at,
    moment.version
