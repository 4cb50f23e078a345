-- Taken before a second try: a statement sent while this lock is held has a snapshot that cannot be stale.
select fence
from log.head
where tenant = $1
for no key update
