-- A live key loses its bytes; an owner without a key gets a tombstone under a fresh id ($2).
-- No row: it was destroyed before. True: there was a live key.
insert into vault.key as key (
    tenant,
    key_id,
    owner_kind,
    owner_id,
    wrapped,
    wrapped_by,
    destroyed_at
)
values ($1, $2, $3, $4, null, null, clock_timestamp())
on conflict on constraint key_owner do update
set
    wrapped = null,
    wrapped_by = null,
    destroyed_at = excluded.destroyed_at
where key.destroyed_at is null
returning key.key_id <> $2 as destroyed;
