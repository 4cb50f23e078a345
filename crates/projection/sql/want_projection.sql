update read.projection
set
    desired = $5,
    halted = halted and $5 = 'stopped',
    error = case when $5 = 'stopped' then error end,
    restarts = case when $5 = 'stopped' then restarts else 0 end
where tenant = $1
    and name = $2
    and version = $3
    and slot = $4
