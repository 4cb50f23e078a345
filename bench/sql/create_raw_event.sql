-- What one would write without a log: a sequence for the order, a unique key against lost updates.
create table raw_event (
    tenant text not null,
    position bigserial not null,
    event_id uuid not null,
    stream_kind text not null,
    stream_id text not null,
    version bigint not null,
    kind text not null,
    schema integer not null,
    occurred_at timestamptz not null,
    occurred_precision text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    actor text not null,
    on_behalf_of text,
    correlation uuid not null,
    causation uuid,
    command_id uuid not null,
    payload text not null,
    encrypted bytea,
    constraint raw_event_pkey primary key (tenant, position),
    constraint raw_event_stream_version_key unique (tenant, stream_kind, stream_id, version)
)
