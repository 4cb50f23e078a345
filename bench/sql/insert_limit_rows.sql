-- The queue in one statement: what the fold of the view comes to for the kinds of the made-up history.
-- Of several ways to write it this took the least processor time: one pass that keeps of each request the
-- text of the last event of each sort, then parses those.
insert into limit_request (
    tenant,
    request_id,
    position,
    version,
    queue,
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
)
with last as materialized (
    select
        stream_id,
        max(position) as position,
        max(version) as version,
        min(array[lpad(version::text, 19, '0'), occurred_at::text, payload])
            filter (where kind = 'request-submitted') as submitted,
        max(array[lpad(version::text, 19, '0'), occurred_at::text, payload])
            filter (where kind = 'request-assigned') as assigned,
        max(
            array[
                lpad(version::text, 19, '0'),
                kind,
                occurred_at::text,
                case kind when 'request-escalated' then payload end
            ]
        ) filter (
            where kind in (
                'request-escalated', 'request-decided', 'escalation-returned', 'request-resolved', 'request-withdrawn'
            )
        ) as escalated,
        max(
            array[
                lpad(version::text, 19, '0'),
                kind,
                occurred_at::text,
                case kind when 'request-decided' then payload::jsonb ->> 'outcome' end
            ]
        ) filter (where kind in ('request-decided', 'request-reopened')) as decided,
        max(array[lpad(version::text, 19, '0'), kind, occurred_at::text])
            filter (where kind in ('request-resolved', 'request-withdrawn', 'request-reopened')) as ended,
        max(array[lpad(version::text, 19, '0'), payload::jsonb ->> 'end'])
            filter (where kind = 'term-set' and payload::jsonb ->> 'clock' = 'servicenorm') as servicenorm,
        max(array[lpad(version::text, 19, '0'), payload::jsonb ->> 'end'])
            filter (where kind = 'term-set' and payload::jsonb ->> 'clock' = 'wettelijk') as wettelijk
    from log.event
    where tenant = $1
        and stream_kind = 'request'
    group by stream_id
), parsed as materialized (
    select
        *,
        submitted[3]::jsonb as said,
        assigned[3]::jsonb -> 'lead' as lead
    from last
)
select
    $1,
    stream_id::uuid,
    position,
    version,
    coalesce(said -> 'placement' ->> 'wijk', 'intake'),
    said -> 'placement' ->> 'wijk',
    (said -> 'placement' ->> 'edition')::smallint,
    said -> 'placement' ->> 'source',
    said ->> 'domain',
    said ->> 'requestKind',
    said ->> 'channel',
    said ->> 'requesterKind',
    submitted[2]::timestamptz,
    assigned[2]::timestamptz,
    lead ->> 'function',
    lead ->> 'person',
    case escalated[2] when 'request-escalated' then escalated[3]::timestamptz end,
    case escalated[2] when 'request-escalated' then escalated[4]::jsonb ->> 'to' end,
    case decided[2] when 'request-decided' then decided[3]::timestamptz end,
    case decided[2] when 'request-decided' then decided[4] end,
    case when ended[2] <> 'request-reopened' then ended[3]::timestamptz end,
    case ended[2]
        when 'request-resolved' then 'resolved'
        when 'request-withdrawn' then 'withdrawn'
    end,
    servicenorm[2]::date,
    wettelijk[2]::date
from parsed
