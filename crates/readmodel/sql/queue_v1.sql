-- The queue: one row per request, closed ones too, since a reopening puts them back.
create table request (
    tenant text not null,
    request_id uuid not null,
    position bigint not null,
    version bigint not null,
    queue text not null,
    wijk text,
    edition smallint,
    wijk_source text not null,
    domain text,
    request_kind text,
    channel text,
    requester_kind text,
    submitted_at timestamptz,
    assigned_at timestamptz,
    lead_function text,
    lead_person text,
    escalated_at timestamptz,
    escalated_to text,
    decided_at timestamptz,
    outcome text,
    ended_at timestamptz,
    ending text,
    servicenorm_end date,
    wettelijk_end date,
    due date generated always as (least(servicenorm_end, wettelijk_end)) stored,
    constraint request_pkey primary key (tenant, request_id),
    constraint request_queue_follows_wijk check (queue = coalesce(wijk, 'intake')),
    constraint request_ending_known check (ending in ('resolved', 'withdrawn')),
    constraint request_ended_with_ending check ((ended_at is null) = (ending is null))
);

-- One queue in the order in which it is read, without what is closed.
create index request_open_idx on request (
    tenant,
    queue,
    due,
    submitted_at,
    request_id
)
where ending is null;

comment on table request is
    'One row per request as it stands after the event at position. Open ones are those without an ending.';
comment on column request.position is 'Position of the last event of its stream that is in this row.';
comment on column request.version is 'Version of that event.';
comment on column request.queue is 'Code of the wijk whose table has it, or intake while that is not known.';
comment on column request.edition is 'Year of the CBS edition the code belongs to.';
comment on column request.wijk_source is 'How the wijk is known: stated, derived or unknown.';
comment on column request.submitted_at is 'When it was first submitted; null for a case of elsewhere that never was.';
comment on column request.assigned_at is 'When the lead of now was chosen; null while there is none.';
comment on column request.lead_function is 'Null while there is no lead, or where imported history does not name one.';
comment on column request.escalated_at is 'When it went up; null while it does not wait at the city hall.';
comment on column request.escalated_to is 'To which organ; also null where imported history does not say.';
comment on column request.decided_at is 'When the decision that stands was taken; null after a reopening.';
comment on column request.ended_at is 'When it was closed; null while it is open.';
comment on column request.servicenorm_end is 'Last day of the service promise.';
comment on column request.wettelijk_end is 'Last day of the legal term.';
comment on column request.due is 'The earlier of both last days: what makes it urgent.';
