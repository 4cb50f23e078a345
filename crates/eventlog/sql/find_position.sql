-- The last position recorded at or before a moment: halves the log again and again, since recorded_at
-- never decreases with position. The answer lies from `low` to `high`; a log of a million events takes
-- twenty look-ups by primary key.
with recursive head as materialized (
    select
        position,
        clock_timestamp() as clock
    from log.head
    where tenant = $1
), search as (
    select
        0::bigint as low,
        position as high
    from head
    union all
    select
        case when middle.recorded_at <= $2 then middle.position else search.low end,
        case when middle.recorded_at <= $2 then search.high else middle.position - 1 end
    from search
    cross join lateral (
        select
            event.position,
            event.recorded_at
        from log.event
        where event.tenant = $1
            -- The one in the middle, since there are no gaps. Asked for as the first one from there, it is
            -- found by primary key also under a plan from when the log was small and any key would do.
            and event.position >= (search.low + search.high + 1) / 2
            -- In a log that somebody took an event out of, the search ends here without an answer.
            and event.position <= search.high
        order by event.position
        limit 1
    ) as middle
    where search.low < search.high
)
select
    (select search.low from search where search.low = search.high) as position,
    head.clock,
    $2 > head.clock as ahead
from head
