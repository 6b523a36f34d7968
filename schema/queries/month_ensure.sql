-- Makes the months that a batch needs. $1 text[]: kinds; $2 integer[]: months since 1970-01, one for each kind.
select count(*) filter (where toilmeter.ensure_month(u.kind, (date '1970-01-01' + make_interval(months => u.month))::date))
from unnest($1::text[], $2::integer[]) as u (kind, month)
