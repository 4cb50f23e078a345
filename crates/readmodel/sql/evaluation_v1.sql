-- The evaluation: what happened to each request and when. A report is computed from these rows, since a
-- fact that becomes known late changes figures of periods long past.
create table moment (
    tenant text not null,
    request_id uuid not null,
    version bigint not null,
    occurred_at timestamptz not null,
    kind text not null,
    wijk text,
    domain text,
    request_kind text,
    outcome text,
    under_mandate boolean,
    ground text,
    constraint moment_pkey primary key (tenant, request_id, version)
);

create table request (
    tenant text not null,
    request_id uuid not null,
    position bigint not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    turned_at timestamptz,
    turned_version bigint not null,
    open boolean not null,
    constraint request_pkey primary key (tenant, request_id)
);

-- A report reads the requests that have a moment in its period or after it, and those still open.
create index request_last_idx on request (tenant, last_at);

create index request_open_idx on request (tenant)
where open;

comment on table moment is 'One row per event that a figure is made of, corrected facts in the place of the first.';
comment on column moment.occurred_at is 'When it happened; the order of a request''s moments is this, then version.';
comment on column moment.kind is 'Kind of the event.';
comment on column moment.wijk is 'Where the event placed the request; null where it does not, or not known.';
comment on column moment.domain is 'The field it put the request in; null where it does not, or not known.';
comment on column moment.outcome is 'What a decision came to.';
comment on column moment.under_mandate is 'Of a decision: what it rests on by itself; of a statement: what it says. Null where that is not known.';
comment on column moment.ground is 'Why an escalation was.';
comment on table request is 'Which moments a request has, so that a report need not read those of requests closed long before.';
comment on column request.first_at is 'When its first moment was.';
comment on column request.last_at is 'When its last moment was.';
comment on column request.turned_at is 'When it last ended or was reopened; null if never.';
comment on column request.turned_version is 'Version of that event, which decides between equal times; 0 if never.';
comment on column request.open is 'Whether it is open after its last moment.';
