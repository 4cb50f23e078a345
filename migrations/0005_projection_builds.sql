-- Views are built twice: one build serves while the other is filled beside it. Each build is a schema,
-- such as queue_v1_blue, with a checkpoint, a lease and parked streams of its own per tenant.
-- The views of before are dropped; whoever runs the new software builds them from the log.
do $views$
declare
    view record;
begin
    for view in
        select distinct
            name,
            version
        from read.projection
    loop
        execute format('drop schema if exists %I cascade', view.name || '_v' || view.version);
    end loop;
end
$views$;

drop table read.projection;

create table read.projection (
    tenant text not null,
    name text not null,
    version integer not null,
    slot text not null,
    position bigint not null default 0,
    recorded_at timestamptz,
    serving boolean not null,
    live boolean not null,
    desired text not null default 'running',
    halted boolean not null default false,
    error text,
    restarts integer not null default 0,
    lease_holder uuid,
    lease_until timestamptz,
    constraint projection_pkey primary key (tenant, name, version, slot),
    constraint projection_name_form check (name ~ '^[a-z][a-z_]{0,39}$'),
    constraint projection_version_from_one check (version >= 1),
    constraint projection_slot_known check (slot in ('blue', 'green')),
    constraint projection_position_counts_events check (position >= 0),
    constraint projection_recorded_at_with_events check ((position = 0) = (recorded_at is null)),
    constraint projection_serving_is_live check (live or not serving),
    constraint projection_desired_known check (desired in ('running', 'stopped')),
    constraint projection_halted_with_error check (error is not null or not halted),
    constraint projection_restarts_counted check (restarts >= 0),
    constraint projection_lease_whole check ((lease_holder is null) = (lease_until is null))
);

-- Readers of a version never find two builds to choose from.
create unique index projection_serving_key on read.projection (tenant, name, version)
where serving;

comment on table read.projection is
    'Checkpoint of each build of each version of each view, per tenant. It moves in the transaction that changes the view''s rows.';
comment on column read.projection.name is 'Name of the view; with version and slot it names the schema, such as queue_v1_blue.';
comment on column read.projection.version is 'Version of its tables and of what it makes of events.';
comment on column read.projection.slot is 'Which of the two builds: one serves while the other is filled.';
comment on column read.projection.position is 'Position of the last event its rows hold; 0 before the first.';
comment on column read.projection.recorded_at is 'When the log came to know of that event; null before the first.';
comment on column read.projection.serving is 'Whether readers of this version are given this build.';
comment on column read.projection.live is 'Whether it follows the log; false while a rebuild fills it.';
comment on column read.projection.desired is 'What the operator wants: running or stopped. Every server obeys.';
comment on column read.projection.halted is 'Whether it was given up after error: it waits for an operator, or for another server to try.';
comment on column read.projection.error is
    'Why it last failed; null once it gets on. Names the place in the log, never what an event says.';
comment on column read.projection.restarts is 'How often in a row it was started again after a failure, without getting on.';
comment on column read.projection.lease_holder is 'The runner whose turn it is; any other leaves the build alone until the lease has run out.';
comment on column read.projection.lease_until is 'When the lease runs out, by the database''s clock.';

create table read.parked (
    tenant text not null,
    name text not null,
    version integer not null,
    slot text not null,
    stream_kind text not null,
    stream_id text not null,
    position bigint not null,
    event_id uuid not null,
    kind text not null,
    schema integer not null,
    error text not null,
    attempts integer not null default 1,
    parked_at timestamptz not null default clock_timestamp(),
    constraint parked_pkey primary key (tenant, name, version, slot, stream_kind, stream_id),
    constraint parked_position_from_one check (position >= 1),
    constraint parked_attempts_from_one check (attempts >= 1)
);

comment on table read.parked is
    'Streams that a build could not go on with. Their rows end before the event named here; everything after it is in the log and applied when the stream is resumed.';
comment on column read.parked.position is 'Position of the first event of the stream that could not be applied.';
comment on column read.parked.kind is 'Kind of that event.';
comment on column read.parked.schema is 'Schema of that event.';
comment on column read.parked.error is 'What was wrong with it, without anything it says.';
comment on column read.parked.attempts is 'How often applying it was tried.';

create table read.fill (
    tenant text not null,
    name text not null,
    version integer not null,
    slot text not null,
    part integer not null,
    parts integer not null,
    position bigint not null default 0,
    target bigint not null,
    constraint fill_pkey primary key (tenant, name, version, slot, part),
    constraint fill_part_of_parts check (part >= 0 and part < parts),
    constraint fill_position_within_target check (position between 0 and target)
);

comment on table read.fill is
    'A rebuild under way: one row per worker, each with the streams whose hash falls to its part.';
comment on column read.fill.position is 'Up to where this worker has applied its streams.';
comment on column read.fill.target is 'Up to where it goes before the build follows the log.';

grant select, insert, update, delete on read.projection, read.parked, read.fill to wijk_read;
grant select on read.projection, read.parked, read.fill to wijk_app;
