-- The joint fits, one a topic. Runs that were made before links were searched for have none.
-- $1 bigint  run id
select topic, tickets, baseline, candidates, ks, ks_p, dispersion, iterations, converged, why
from toilmeter.run_fit
where run_id = $1::bigint
order by tickets desc, topic;
