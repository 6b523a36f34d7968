-- How many raw names a run saw, by the component that the catalog's rules gave them, the unmapped ones by name.
-- $1 bigint  run id
select
    component,
    count(*) as names,
    sum(events)::bigint as events,
    case when component = '(unmapped)' then
        (array_agg(raw order by events desc, raw))[1:10]::text
    end as most_frequent
from toilmeter.run_name
where run_id = $1::bigint
group by component
order by component;
