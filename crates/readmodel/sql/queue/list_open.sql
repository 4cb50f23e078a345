-- What is due first, then what waits longest; without a term or a submission comes last.
select
    request_id,
    position,
    version,
    wijk,
    edition,
    wijk_source,
    domain,
    request_kind,
    channel,
    requester_kind,
    submitted_at,
    assigned_at,
    lead_function,
    lead_person,
    escalated_at,
    escalated_to,
    decided_at,
    outcome,
    ended_at,
    ending,
    servicenorm_end,
    wettelijk_end
from request
where tenant = $1
    and queue = $2
    and ending is null
order by
    due,
    submitted_at,
    request_id
limit $3
offset $4
