-- The log: one gapless, append-only sequence of events per tenant.
-- Every key starts with the tenant, so that a tenant can move to a database of its own.
create schema log;
comment on schema log is 'What happened, in order; written once and never changed.';

create table log.head (
    tenant text not null,
    position bigint not null default 0,
    revision bigint not null default 0,
    fence bigint not null default 0,
    recorded_at timestamptz,
    constraint head_pkey primary key (tenant),
    constraint head_tenant_is_slug check (tenant ~ '^[a-z0-9-]{1,63}$'),
    constraint head_position_counts_events check (position >= 0),
    constraint head_recorded_at_with_events check ((position = 0) = (recorded_at is null))
);
comment on table log.head is 'One row per tenant. An append locks it until commit, so commit order is position order.';
comment on column log.head.tenant is 'Immutable, opaque name of a municipality.';
comment on column log.head.position is 'Position of the last event, which is also the number of events.';
comment on column log.head.revision is
    'Raised by every statement that writes. An append whose snapshot saw another revision than the row it locked changes nothing.';
comment on column log.head.fence is
    'Raised to settle an unknown outcome. An append sent under an older fence can no longer commit.';
comment on column log.head.recorded_at is 'recorded_at of the last event; later events are never earlier. Null while there are none.';

create table log.event (
    tenant text not null,
    position bigint not null,
    event_id uuid not null,
    stream_kind text not null,
    stream_id text not null,
    version bigint not null,
    kind text not null,
    schema integer not null,
    occurred_at timestamptz not null,
    occurred_precision text not null,
    recorded_at timestamptz not null,
    actor text not null,
    on_behalf_of text,
    correlation uuid not null,
    causation uuid,
    command_id uuid not null,
    payload text not null,
    encrypted bytea,
    constraint event_pkey primary key (tenant, position),
    constraint event_stream_version_key unique (tenant, stream_kind, stream_id, version),
    constraint event_event_id_key unique (tenant, event_id),
    constraint event_position_from_one check (position >= 1),
    constraint event_version_from_one check (version >= 1),
    constraint event_schema_from_one check (schema >= 1),
    constraint event_stream_kind_is_slug check (stream_kind ~ '^[a-z0-9-]{1,64}$'),
    constraint event_stream_id_length check (octet_length(stream_id) between 1 and 512),
    constraint event_kind_is_slug check (kind ~ '^[a-z0-9-]{1,64}$'),
    constraint event_precision_known check (occurred_precision in ('instant', 'day')),
    -- The size of the entry encoding (docs/decisions/0002-entry-encoding.md): 113 bytes of fixed
    -- width and length prefixes, the optional ones counted where they are present.
    constraint event_entry_bytes_max check (
        113
        + octet_length(tenant)
        + octet_length(stream_kind)
        + octet_length(stream_id)
        + octet_length(kind)
        + octet_length(actor)
        + coalesce(4 + octet_length(on_behalf_of), 0)
        + case when causation is null then 0 else 16 end
        + octet_length(payload)
        + coalesce(4 + octet_length(encrypted), 0)
        <= 65535
    )
);
comment on table log.event is 'Every fact, in the order in which it was committed. Refuses update, delete and truncate.';
comment on column log.event.position is 'Place in the tenant''s log: 1, 2, 3 and so on, without gaps, in commit order.';
comment on column log.event.event_id is 'A uuid v7 made by the caller; of an imported event, a uuid v8 derived from its source.';
comment on column log.event.stream_kind is 'What sort of thing the event is about; with stream_id it names the stream.';
comment on column log.event.version is 'Place in the stream: 1, 2, 3 and so on, without gaps.';
comment on column log.event.kind is 'Name of what happened, past tense; a contract that is never reused.';
comment on column log.event.schema is 'Version of the payload''s form within its kind.';
comment on column log.event.occurred_at is 'When it happened, by the caller''s clock or the source''s word.';
comment on column log.event.occurred_precision is 'instant, or day: then only the calendar day of occurred_at is known.';
comment on column log.event.recorded_at is 'When the log came to know, by the database''s clock; never decreases with position.';
comment on column log.event.actor is 'Opaque id of who did it.';
comment on column log.event.on_behalf_of is 'Opaque id of whom the actor stood in for, if anyone.';
comment on column log.event.correlation is 'Ties together everything that followed from one request from outside.';
comment on column log.event.causation is 'The event that led to this one, if one did.';
comment on column log.event.command_id is 'The command whose append wrote this event.';
comment on column log.event.payload is 'RFC 8785 JSON without floats, as text: jsonb would reorder it and break the hash.';
comment on column log.event.encrypted is 'The personal part, opaque to the log.';

create table log.command (
    tenant text not null,
    command_id uuid not null,
    fingerprint bytea not null,
    refusal text,
    first_position bigint not null,
    event_count bigint not null,
    constraint command_pkey primary key (tenant, command_id),
    constraint command_fingerprint_length check (octet_length(fingerprint) between 1 and 255),
    constraint command_refusal_length check (octet_length(refusal) between 1 and 255),
    constraint command_first_position_from_one check (first_position >= 1),
    constraint command_event_count_from_one check (event_count >= 1)
);
comment on table log.command is 'The outcome of every command that appended, so that a repeated command gets the first answer. Refuses update, delete and truncate.';
comment on column log.command.fingerprint is 'Keyed hash of what the caller sent: the same id with another fingerprint is an error.';
comment on column log.command.refusal is 'Code of the refusal that the events record; null when the command succeeded.';
comment on column log.command.first_position is 'Position of its first event; the others follow directly.';

create function log.refuse_change() returns trigger
language plpgsql
as $refuse$
begin
    raise exception '%.% is append-only: % refused', tg_table_schema, tg_table_name, lower(tg_op)
        using errcode = 'restrict_violation';
end
$refuse$;
comment on function log.refuse_change() is 'Refuses every change to what was recorded, also by the owner.';

create trigger event_is_append_only
before update or delete or truncate on log.event
for each statement execute function log.refuse_change();

create trigger command_is_append_only
before update or delete or truncate on log.command
for each statement execute function log.refuse_change();

grant usage on schema log to wijk_app, wijk_read;
grant select, insert on log.event, log.command to wijk_app;
grant select, insert, update on log.head to wijk_app;
grant select on log.head, log.event, log.command to wijk_read;
