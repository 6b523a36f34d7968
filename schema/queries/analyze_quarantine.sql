-- Unusable messages by reason. No parameters.
select q.reason, count(*) as messages
from toilmeter.quarantine q
group by q.reason
order by q.reason;
