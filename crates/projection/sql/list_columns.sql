select
    attribute.attname::text as name,
    quote_ident(attribute.attname) as quoted,
    format_type(attribute.atttypid, attribute.atttypmod) as type
from pg_attribute as attribute
join pg_class as class on class.oid = attribute.attrelid
join pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname = $1
    and class.relname = $2
    and attribute.attnum > 0
    and not attribute.attisdropped
order by attribute.attnum
