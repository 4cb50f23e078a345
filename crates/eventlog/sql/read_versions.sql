-- The version of each stream, in the order asked for; 0 for no events.
select coalesce(last.version, 0) as version
from unnest($2::text[], $3::text[]) with ordinality as asked (stream_kind, stream_id, ord)
left join lateral (
    select event.version
    from log.event
    where event.tenant = $1
        and event.stream_kind = asked.stream_kind
        and event.stream_id = asked.stream_id
    order by event.version desc
    limit 1
) as last on true
order by asked.ord
