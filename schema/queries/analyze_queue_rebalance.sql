-- Every queue_rebalance, for hours and counts; the program sorts out what lies outside the window, so that endings and references
-- find their facts there, too. No parameters.
select f.id, f.at, f.ended_at, f.component, f.actor, coalesce(f.automatic, false) as automatic, f.manual_minutes
from toilmeter.queue_rebalance f
order by f.at, f.id;
