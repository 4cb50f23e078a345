-- Privileges on the database itself. A database cloned from a template starts without them, so they
-- are given again each time; giving them twice changes nothing.
do $grants$
begin
    perform pg_advisory_xact_lock(hashtextextended('eventlog.grant_database', 0));
    execute format('grant create on database %I to wijk_owner, wijk_read', current_database());
    alter schema migration owner to wijk_owner;
    alter table migration.applied owner to wijk_owner;
end
$grants$
