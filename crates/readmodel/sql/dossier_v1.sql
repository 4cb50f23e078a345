-- The dossier: every step of every request as the log has it, the personal part still encrypted.
create table step (
    tenant text not null,
    request_id uuid not null,
    version bigint not null,
    position bigint not null,
    event_id uuid not null,
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
    constraint step_pkey primary key (tenant, request_id, version)
);

create table imported (
    tenant text not null,
    source_name text not null,
    case_number text not null,
    request_id uuid not null,
    constraint imported_pkey primary key (tenant, source_name, case_number, request_id)
);

-- A correction can change where a request came from: its rows are found by request.
create index imported_request_idx on imported (tenant, request_id);

comment on table step is 'One row per event of a request''s stream. Columns are those of log.event.';
comment on column step.payload is 'The clear part as it was stored; decoded when read.';
comment on column step.encrypted is 'What people wrote, as ciphertext; opened when read, while the key exists.';
comment on table imported is 'Which request a case of another system became.';
comment on column imported.source_name is 'Name of the source, as its mapping states it.';
comment on column imported.case_number is 'The case''s own number there.';
