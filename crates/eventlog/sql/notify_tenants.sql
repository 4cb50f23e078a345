select pg_notify('eventlog', tenant)
from unnest($1::text[]) as moved (tenant)
