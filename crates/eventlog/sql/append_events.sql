-- One command, one statement, one round trip.
-- It changes nothing unless all of this holds: the tenant exists, the command is new, the head it
-- locked still has the revision that its snapshot saw, the fence is the caller's, every stream has the
-- version the caller decided on, and no live event's clock is off. Either way it answers with what it saw.
with snap as materialized (
    -- What this statement's snapshot saw: all look-ups below are as old as this.
    select revision
    from log.head
    where tenant = $1
), stored as materialized (
    select 1
    from log.command
    where tenant = $1
        and command_id = $2
), base as materialized (
    -- Streams written or guarded, with the version assumed (null: whatever it is) and the actual one.
    select
        assumed.ord,
        assumed.stream_kind,
        assumed.stream_id,
        assumed.version as assumed,
        coalesce(last.version, 0) as actual
    from unnest($8::text[], $9::text[], $10::bigint[])
        with ordinality as assumed (stream_kind, stream_id, version, ord)
    left join lateral (
        select event.version
        from log.event
        where event.tenant = $1
            and event.stream_kind = assumed.stream_kind
            and event.stream_id = assumed.stream_id
        order by event.version desc
        limit 1
    ) as last on true
), new as materialized (
    select *
    from unnest(
        $11::bigint[], $12::bigint[], $13::uuid[], $14::text[], $15::integer[], $16::timestamptz[],
        $17::text[], $18::text[], $19::text[], $20::uuid[], $21::uuid[], $22::text[], $23::bytea[]
    ) with ordinality as new (
        stream, step, event_id, kind, schema, occurred_at,
        occurred_precision, actor, on_behalf_of, correlation, causation, payload, encrypted, ord
    )
), skewed as materialized (
    -- Compared with the time the transaction began, so that waiting for the lock is not taken for skew;
    -- $7 is how long the caller held the command before sending it.
    select new.occurred_at
    from new
    where $5
        and abs(extract(epoch from now() - (new.occurred_at + $7 * interval '1 microsecond'))) > $6::float8
    order by new.ord
    limit 1
), lock as materialized (
    -- Waits for its turn. What it returns is the newest committed row, not the snapshot's.
    select
        revision,
        fence
    from log.head
    where tenant = $1
    for no key update
), head as (
    -- Joined to the lock, so that the clock is read once the lock is held.
    update log.head
    set
        position = head.position + cardinality($13),
        revision = head.revision + 1,
        recorded_at = greatest(head.recorded_at, clock_timestamp())
    from snap
    cross join lock
    where head.tenant = $1
        and lock.revision = snap.revision
        and lock.fence = $24
        and not exists (select from stored)
        and not exists (select from base where assumed <> actual)
        and not exists (select from skewed)
    returning
        head.position - cardinality($13) as before,
        head.recorded_at
), event as (
    insert into log.event (
        tenant,
        position,
        event_id,
        stream_kind,
        stream_id,
        version,
        kind,
        schema,
        occurred_at,
        occurred_precision,
        recorded_at,
        actor,
        on_behalf_of,
        correlation,
        causation,
        command_id,
        payload,
        encrypted
    )
    select
        $1,
        head.before + new.ord,
        new.event_id,
        base.stream_kind,
        base.stream_id,
        base.actual + new.step,
        new.kind,
        new.schema,
        new.occurred_at,
        new.occurred_precision,
        head.recorded_at,
        new.actor,
        new.on_behalf_of,
        new.correlation,
        new.causation,
        $2,
        new.payload,
        new.encrypted
    from head
    cross join new
    join base on base.ord = new.stream
), command as (
    insert into log.command (
        tenant,
        command_id,
        fingerprint,
        refusal,
        first_position,
        event_count
    )
    select
        $1,
        $2,
        $3,
        $4,
        head.before + 1,
        cardinality($13)
    from head
)
select
    head.before,
    head.recorded_at,
    lock.fence,
    lock.revision = snap.revision and lock.fence = $24 as current,
    exists (select from stored) as stored,
    (select array_agg(base.actual order by base.ord) from base) as actual,
    (select skewed.occurred_at from skewed) as skewed,
    now() as database_clock
from (select) as always
left join lock on true
left join snap on true
left join head on true
