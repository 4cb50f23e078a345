-- One look-up a stream, each beginning after the stream before: their events are not read.
with recursive stream as (
    (
        select stream_id
        from log.event
        where tenant = $1
            and stream_kind = $2
        order by
            stream_id,
            version
        limit 1
    )
    union all
    select next.stream_id
    from stream
    cross join lateral (
        select event.stream_id
        from log.event
        where event.tenant = $1
            and event.stream_kind = $2
            and event.stream_id > stream.stream_id
        order by
            event.stream_id,
            event.version
        limit 1
    ) as next
)
select stream_id
from stream
order by stream_id
