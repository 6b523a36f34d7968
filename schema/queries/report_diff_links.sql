-- Links that are established in one of two runs and not in the other, and what each says. A run that did not test the pair
-- has null there; two runs of which one did not search for links at all have no row.
-- $1 bigint  run id, the earlier
-- $2 bigint  run id, the later
select
    coalesce(a.kind, b.kind) || ' of ' || coalesce(a.component, b.component) || ' and tickets '
        || coalesce('about ' || nullif(coalesce(a.topic, b.topic), ''), 'without a topic') as what,
    a.verdict || ': ' || a.why as a,
    b.verdict || ': ' || b.why as b
from (select * from toilmeter.run_link where run_id = $1::bigint) a
full join (select * from toilmeter.run_link where run_id = $2::bigint) b
    on b.component = a.component and b.kind = a.kind and b.topic = a.topic
where coalesce(a.verdict = 'established', false) <> coalesce(b.verdict = 'established', false)
    and exists (select from toilmeter.run_fit where run_id = $1::bigint)
    and exists (select from toilmeter.run_fit where run_id = $2::bigint)
order by greatest(a.attributed, b.attributed) desc, 1;
