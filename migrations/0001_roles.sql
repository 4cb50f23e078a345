-- The three roles everything runs as.
-- Roles belong to the whole server while migrations run once per database, perhaps in several at the
-- same time, so a role that exists, or that another session is just making, is left as it is.
do $roles$
declare
    role record;
begin
    for role in
        select *
        from (values
            ('wijk_owner', 'Owns and migrates the tables; nobody works as this role.'),
            ('wijk_app', 'Writes: appends to the log, keeps keys and checkpoints; no DDL.'),
            ('wijk_read', 'Reads the log and owns the read schemas built from it.')
        ) as wanted (name, purpose)
        where not exists (select from pg_roles where rolname = wanted.name)
    loop
        begin
            execute format('create role %I nologin', role.name);
            execute format('comment on role %I is %L', role.name, role.purpose);
        exception
            when duplicate_object or unique_violation then
                null;
        end;
    end loop;

    -- A superuser counts as a member of every role; anyone else becomes one.
    for role in
        select rolname as name
        from pg_roles
        where rolname in ('wijk_owner', 'wijk_app', 'wijk_read')
            and not pg_has_role(current_user, oid, 'member')
    loop
        execute format('grant %I to %I', role.name, current_user);
    end loop;
end
$roles$;
