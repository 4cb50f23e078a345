-- Locks the head until the transaction ends. The clock is read once the lock is held, so that what is
-- recorded now is not earlier than what was recorded while this waited.
with lock as materialized (
    select
        position,
        recorded_at
    from log.head
    where tenant = $1
    for no key update
)
select
    position,
    greatest(recorded_at, clock_timestamp()) as recorded_at
from lock
