-- After this has committed, no statement sent under an older fence can write: not one that waits for
-- the head, nor one that the server has yet to read from a dead client's connection.
update log.head
set
    revision = revision + 1,
    fence = fence + 1
where tenant = $1
returning fence
