-- Which stored forms of events are in a log, so that new code can be asked at start whether it reads them
-- all, without reading the log.
create table log.form (
    tenant text not null,
    kind text not null,
    schema integer not null,
    first_position bigint not null,
    constraint form_pkey primary key (tenant, kind, schema),
    constraint form_first_position_from_one check (first_position >= 1)
);
comment on table log.form is
    'Every kind and schema that a log has events of; written with the first of them. Refuses update, delete and truncate.';
comment on column log.form.first_position is 'Position of the first event of this form.';

-- Software of before this migration writes no forms: it is stopped first, and this waits for what it sent.
lock table log.event in share row exclusive mode;

insert into log.form (
    tenant,
    kind,
    schema,
    first_position
)
select
    tenant,
    kind,
    schema,
    min(position)
from log.event
group by
    tenant,
    kind,
    schema;

create trigger form_is_append_only
before update or delete or truncate on log.form
for each statement execute function log.refuse_change();

grant select, insert on log.form to wijk_app;
grant select on log.form to wijk_read;
