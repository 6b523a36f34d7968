-- Where the hidden tickets of a component lie: one JSON object, tickets by their scope.
-- :run run id, :component name
select coalesce(json_object_agg(s.scope, s.tickets), '{}')
from (
    select coalesce(t.scope, '') as scope, round(sum(s.share)::numeric, 2) as tickets
    from toilmeter.run_ticket_share s
    join toilmeter.run_ticket t using (run_id, id)
    where s.run_id = :run and s.component = :'component' and s.how = 'hidden'
    group by 1
) s;
