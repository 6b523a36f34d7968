-- Endings, one row for each fact that they speak of: of several the greater values stay. No parameters.
select e.kind, e.id, count(*) as endings, max(e.ended_at) as ended_at, max(e.actor) as actor,
    coalesce(bool_or(e.automatic), false) as automatic, max(e.manual_minutes) as manual_minutes
from toilmeter.event_ending e
group by e.kind, e.id
order by e.kind, e.id;
