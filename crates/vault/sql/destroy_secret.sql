-- A live secret loses its bytes; a purpose without one gets a tombstone; a destroyed one stays as it is.
insert into vault.secret as secret (
    tenant,
    purpose,
    wrapped,
    wrapped_by,
    destroyed_at
)
values ($1, $2, null, null, clock_timestamp())
on conflict on constraint secret_pkey do update
set
    wrapped = null,
    wrapped_by = null,
    destroyed_at = excluded.destroyed_at
where secret.destroyed_at is null;
