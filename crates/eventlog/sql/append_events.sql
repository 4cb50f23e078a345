-- A batch of commands, one statement, one round trip, one flush.
-- The caller judged the batch in memory, from versions it assumes. This changes nothing unless all of that
-- holds: the tenant exists, no command of the batch is stored, the head it locked still has the revision
-- that its snapshot saw, the fence is the caller's, every stream has the version assumed, and no live
-- event's clock is off. Either way it answers with what it saw, so that the caller can judge again.
with snap as materialized (
    -- What this statement's snapshot saw: all look-ups below are as old as this.
    select revision
    from log.head
    where tenant = $1
), stored as materialized (
    -- One look-up each: a plan made while the log was small would read all of the tenant's for "any".
    select sent.command_id
    from unnest($2::uuid[]) as sent (command_id)
    cross join lateral (
        select
        from log.command
        where command.tenant = $1
            and command.command_id = sent.command_id
        limit 1
    ) as found
), base as materialized (
    -- Streams written or guarded, with the version assumed (null: whatever it is) and the actual one.
    select
        assumed.ord,
        assumed.stream_kind,
        assumed.stream_id,
        assumed.version as assumed,
        coalesce(
            last.version,
            -- Shorter than assumed, or new.
            (
                select max(event.version)
                from log.event
                where event.tenant = $1
                    and event.stream_kind = assumed.stream_kind
                    and event.stream_id = assumed.stream_id
                    and assumed.version > 0
            ),
            0
        ) as actual
    from unnest($3::text[], $4::text[], $5::bigint[])
        with ordinality as assumed (stream_kind, stream_id, version, ord)
    left join lateral (
        select event.version
        from log.event
        where event.tenant = $1
            and event.stream_kind = assumed.stream_kind
            and event.stream_id = assumed.stream_id
            -- So that of a long stream only the end is looked at.
            and event.version >= coalesce(assumed.version, 0)
        order by event.version desc
        limit 1
    ) as last on true
), clock as materialized (
    -- Compared with the time the transaction began, so that waiting for the lock is not taken for skew.
    select coalesce(
        extract(epoch from now() - $6::timestamptz) > $8::float8
            or extract(epoch from $7::timestamptz - now()) > $8::float8,
        false
    ) as skewed
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
        position = head.position + cardinality($15::uuid[]),
        revision = head.revision + 1,
        recorded_at = greatest(head.recorded_at, clock_timestamp())
    from snap
    cross join lock
    cross join clock
    where head.tenant = $1
        and cardinality($15::uuid[]) > 0
        and lock.revision = snap.revision
        and lock.fence = $9
        and not clock.skewed
        and not exists (select from stored)
        and not exists (select from base where assumed <> actual)
    returning
        head.position - cardinality($15::uuid[]) as before,
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
        new.command_id,
        new.payload,
        new.encrypted
    from head
    cross join unnest(
        $15::uuid[], $16::bigint[], $17::bigint[], $18::text[], $19::integer[], $20::timestamptz[],
        $21::text[], $22::text[], $23::text[], $24::uuid[], $25::uuid[], $26::uuid[], $27::text[], $28::bytea[]
    ) with ordinality as new (
        event_id, stream, step, kind, schema, occurred_at,
        occurred_precision, actor, on_behalf_of, correlation, causation, command_id, payload, encrypted, ord
    )
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
        new.command_id,
        new.fingerprint,
        new.refusal,
        head.before + new.first,
        new.event_count
    from head
    cross join unnest($10::uuid[], $11::bytea[], $12::text[], $13::bigint[], $14::bigint[])
        as new (command_id, fingerprint, refusal, first, event_count)
), form as (
    insert into log.form (
        tenant,
        kind,
        schema,
        first_position
    )
    select
        $1,
        new.kind,
        new.schema,
        head.before + new.first
    from head
    cross join unnest($29::text[], $30::integer[], $31::bigint[]) as new (kind, schema, first)
    on conflict on constraint form_pkey do nothing
)
select
    head.before,
    head.recorded_at,
    lock.fence,
    lock.revision = snap.revision and lock.fence = $9 as current,
    clock.skewed,
    (select array_agg(stored.command_id) from stored) as stored,
    (select array_agg(base.actual order by base.ord) from base) as actual,
    now() as database_clock
from clock
left join lock on true
left join snap on true
left join head on true
