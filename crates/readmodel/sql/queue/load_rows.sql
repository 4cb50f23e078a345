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
    and request_id = any($2)
