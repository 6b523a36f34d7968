-- When the people's key was first used. No row: never. No parameters.
select to_char(k.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as created_at
from toilmeter.people_key k
