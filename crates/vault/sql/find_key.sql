-- One row whatever there is: the tenant's pin with the owner's key, each null where there is none.
select
    kek.fingerprint as pinned,
    key.key_id is not null as found,
    key.key_id,
    key.owner_kind,
    key.owner_id,
    key.wrapped,
    key.wrapped_by
from (values ($1::text)) as asked (tenant)
left join vault.kek on kek.tenant = asked.tenant
left join vault.key
    on key.tenant = asked.tenant
    and key.owner_kind = $2
    and key.owner_id = $3;
