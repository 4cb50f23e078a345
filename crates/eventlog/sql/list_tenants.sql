select tenant
from log.head
order by tenant
