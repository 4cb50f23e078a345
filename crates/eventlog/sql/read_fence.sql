select fence
from log.head
where tenant = $1
