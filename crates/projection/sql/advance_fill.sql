update read.fill
set position = $7
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
    and part = $5
    and position = $6
