-- Measurements by raw component name: all, and those of the window.
-- $1 timestamptz: beginning of the window; $2 timestamptz: its end, exclusive.
select f.component, count(*) as known, count(*) filter (where f.at >= $1::timestamptz and f.at < $2::timestamptz) as inside
from toilmeter.measurement f
group by f.component
order by f.component;
