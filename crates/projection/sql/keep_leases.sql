-- Takes leases that have run out, renews those held, and gives back what is no longer to be run.
-- A renewal need not be flushed: one that a crash of the database takes back only runs out sooner.
-- A row that a batch has locked is left alone: who holds it is at work, and the batch renews the lease.
with unflushed as materialized (
    select set_config('synchronous_commit', 'off', true)
), known as (
    select
        name,
        version,
        slot,
        gave_up
    from unnest(
        $3::text[],
        $4::integer[],
        $5::text[],
        $6::boolean[]
    ) as known (name, version, slot, gave_up)
), free as (
    select
        it.name,
        it.version,
        it.slot,
        it.live and it.desired = 'running' and not (it.halted and known.gave_up) as wanted
    from unflushed
    cross join read.projection as it
    join known
        on known.name = it.name
        and known.version = it.version
        and known.slot = it.slot
    where it.tenant = $1
        and (
            it.lease_holder = $2
            or it.lease_until is null
            or it.lease_until < statement_timestamp()
        )
    for update of it skip locked
)
update read.projection as it
set
    lease_holder = case when free.wanted then $2::uuid end,
    lease_until = case
        when free.wanted then statement_timestamp() + make_interval(secs => $7::double precision)
    end
from free
where it.tenant = $1
    and it.name = free.name
    and it.version = free.version
    and it.slot = free.slot
    and (free.wanted or it.lease_holder = $2)
