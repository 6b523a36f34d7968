-- The migrations that were applied. No parameters.
select
    m.version,
    m.name,
    m.checksum,
    to_char(m.applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as applied_at
from toilmeter.schema_migration m
order by m.version
