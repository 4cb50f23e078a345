copy log.command (
    tenant,
    command_id,
    fingerprint,
    refusal,
    first_position,
    event_count
)
from stdin (format binary)
