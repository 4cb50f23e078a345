-- One row whatever there is: the tenant's pin with the secret, each null where there is none.
select
    kek.fingerprint as pinned,
    secret.purpose is not null as found,
    secret.wrapped,
    secret.wrapped_by
from (values ($1::text)) as asked (tenant)
left join vault.kek on kek.tenant = asked.tenant
left join vault.secret
    on secret.tenant = asked.tenant
    and secret.purpose = $2;
