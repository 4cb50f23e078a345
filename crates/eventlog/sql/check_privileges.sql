-- What the connected user may do here, beside what the migrations need.
select
    current_setting('server_encoding') as server_encoding,
    me.rolname::text as user_name,
    current_database()::text as database_name,
    me.rolsuper as is_superuser,
    me.rolcreaterole as may_create_roles,
    pg_has_role(database.datdba, 'usage') as owns_database,
    (
        select coalesce(array_agg(wanted.name order by wanted.name), '{}')
        from unnest(array['wijk_app', 'wijk_owner', 'wijk_read']) as wanted (name)
        where not exists (select from pg_roles where rolname = wanted.name)
    ) as roles_absent,
    (
        select coalesce(array_agg(rolname::text order by rolname), '{}')
        from pg_roles
        where rolname in ('wijk_app', 'wijk_owner', 'wijk_read')
            and not pg_has_role(me.oid, pg_roles.oid, 'member')
    ) as roles_not_member
from pg_roles as me
join pg_database as database on database.datname = current_database()
where me.rolname = current_user
