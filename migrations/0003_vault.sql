-- Keys per person and per case, and secrets per tenant: wrapped by a key that is never in the database.
-- A schema of its own, so that it can be dumped and restored apart from the log: docs/decisions/0005-encrypted-part.md.

create schema vault;

comment on schema vault is
    'Wrapped keys; destroying one makes what was sealed under it unreadable. Back up apart from the log.';

create table vault.kek (
    tenant text not null,
    fingerprint text not null,
    pinned_at timestamptz not null default clock_timestamp(),
    constraint kek_pkey primary key (tenant),
    constraint kek_fingerprint_form check (fingerprint ~ '^[0-9a-f]{8}$')
);

comment on table vault.kek is
    'The key-encryption key of each tenant, pinned by its first key: another one is refused before it wraps anything.';
comment on column vault.kek.fingerprint is
    'First 8 hex digits of SHA-256("wijk-kek-v1" || key): tells keys apart, is no secret.';

create table vault.key (
    tenant text not null,
    key_id uuid not null,
    owner_kind text not null,
    owner_id uuid not null,
    created_at timestamptz not null default clock_timestamp(),
    wrapped bytea,
    wrapped_by text,
    destroyed_at timestamptz,
    constraint key_pkey primary key (tenant, key_id),
    constraint key_owner unique (tenant, owner_kind, owner_id),
    constraint key_owner_kind_known check (owner_kind in ('person', 'case')),
    constraint key_wrapped_or_destroyed check (
        (wrapped is null) = (destroyed_at is not null)
        and (wrapped is null) = (wrapped_by is null)
    ),
    constraint key_wrapped_form check (octet_length(wrapped) = 61)
)
-- A destroyed key's old row is a dead one: vacuum comes for a single one.
with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

comment on table vault.key is
    'One AES-256 key per person and per case, for ever: a row is never deleted, its key can only be destroyed.';
comment on column vault.key.key_id is
    'Random, and stored in every field sealed under the key; says nothing about the owner.';
comment on column vault.key.owner_id is
    'The person or case; a person is found from here only, never from a key id in the log.';
comment on column vault.key.wrapped is
    'Version 1, nonce, AES-256-GCM under the key-encryption key, bound to tenant, owner and key id; null once destroyed.';
comment on column vault.key.wrapped_by is
    'Fingerprint of the key-encryption key; null once destroyed.';
comment on column vault.key.destroyed_at is
    'When the key was destroyed, or when an owner without one was barred from ever getting one.';

create table vault.secret (
    tenant text not null,
    purpose text not null,
    created_at timestamptz not null default clock_timestamp(),
    wrapped bytea,
    wrapped_by text,
    destroyed_at timestamptz,
    constraint secret_pkey primary key (tenant, purpose),
    constraint secret_purpose_form check (purpose ~ '^[a-z0-9][a-z0-9/._-]{0,99}$'),
    constraint secret_wrapped_or_destroyed check (
        (wrapped is null) = (destroyed_at is not null)
        and (wrapped is null) = (wrapped_by is null)
    ),
    constraint secret_wrapped_form check (octet_length(wrapped) = 61)
)
with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

comment on table vault.secret is
    'Random 32 bytes of a tenant for one purpose, made once: the key of an HMAC over what could else be guessed.';
comment on column vault.secret.purpose is
    'What it is for, with its period where it has one: import, fingerprint/2026-11.';
comment on column vault.secret.wrapped is
    'Version 1, nonce, AES-256-GCM under the key-encryption key, bound to tenant and purpose; null once destroyed.';
comment on column vault.secret.wrapped_by is
    'Fingerprint of the key-encryption key; null once destroyed.';
comment on column vault.secret.destroyed_at is
    'When it was destroyed, or when a purpose without one was barred from ever getting one.';

create function vault.only_destroy() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'rows of vault.% stay, so that nothing destroyed can be made again', tg_table_name
            using errcode = 'restrict_violation', constraint = 'vault_only_destroy';
    end if;
    if old.destroyed_at is not null then
        raise exception 'what was destroyed in vault.% stays destroyed', tg_table_name
            using errcode = 'restrict_violation', constraint = 'vault_only_destroy';
    end if;
    -- Everything but the three columns of a destruction must be as it was.
    if new.destroyed_at is null
        or to_jsonb(new) - '{wrapped,wrapped_by,destroyed_at}'::text[]
            is distinct from to_jsonb(old) - '{wrapped,wrapped_by,destroyed_at}'::text[]
    then
        raise exception 'the only change to a row of vault.% is its destruction', tg_table_name
            using errcode = 'restrict_violation', constraint = 'vault_only_destroy';
    end if;
    return new;
end
$$;

comment on function vault.only_destroy() is
    'Keys and secrets are made once and destroyed once: no other change, no way back, also not for the owner.';

create trigger key_only_destroy
before update or delete on vault.key
for each row execute function vault.only_destroy();

create trigger key_never_truncated
before truncate on vault.key
for each statement execute function vault.only_destroy();

create trigger secret_only_destroy
before update or delete on vault.secret
for each row execute function vault.only_destroy();

create trigger secret_never_truncated
before truncate on vault.secret
for each statement execute function vault.only_destroy();

revoke all on function vault.only_destroy() from public;

grant usage on schema vault to wijk_app, wijk_read;
-- No delete: a missing row would let a new key be made for someone who was erased.
grant select, insert, update on vault.key, vault.secret to wijk_app;
grant select, insert on vault.kek to wijk_app;
-- Views hold ciphertext and open it when served; they need no secret.
grant select on vault.kek, vault.key to wijk_read;
