update read.projection as it
set serving = true
where it.tenant = $1
    and it.name = $2
    and it.version = $3
    and it.slot = $4
    and it.live
    and not it.serving
    and not exists (
        select
        from read.projection as other
        where other.tenant = $1
            and other.name = $2
            and other.version = $3
            and other.serving
    )
