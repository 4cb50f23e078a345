-- Where each view stands. The views' own tables are not made here: each (name, version) is a schema,
-- filled from the projection's own SQL file when that version is first run.
create schema read;
comment on schema read is 'What is known about the views that are built from the log.';

create table read.projection (
    tenant text not null,
    name text not null,
    version integer not null,
    position bigint not null default 0,
    recorded_at timestamptz,
    serving boolean not null,
    error text,
    constraint projection_pkey primary key (tenant, name, version),
    constraint projection_name_form check (name ~ '^[a-z][a-z_]{0,39}$'),
    constraint projection_version_from_one check (version >= 1),
    constraint projection_position_counts_events check (position >= 0),
    constraint projection_recorded_at_with_events check ((position = 0) = (recorded_at is null))
);

-- Readers of a name never find two versions to choose from.
create unique index projection_serving_key on read.projection (tenant, name)
where serving;

comment on table read.projection is
    'Checkpoint of each version of each view, per tenant. It moves in the transaction that changes the view''s rows.';
comment on column read.projection.name is 'Name of the view; with the version it names the schema, such as queue_v1.';
comment on column read.projection.version is 'Version of its tables and of what it makes of events.';
comment on column read.projection.position is 'Position of the last event its rows hold; 0 before the first.';
comment on column read.projection.recorded_at is 'When the log came to know of that event; null before the first.';
comment on column read.projection.serving is 'Whether readers of this name are given this version.';
comment on column read.projection.error is
    'Why it does not go on, naming the event at which it stands still; null while it runs. No content of the event.';

grant usage on schema read to wijk_read, wijk_app;
grant select, insert, update, delete on read.projection to wijk_read;
grant select on read.projection to wijk_app;
