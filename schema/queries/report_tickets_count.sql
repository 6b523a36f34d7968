-- How many tickets and customers there are, how many tickets explain nothing by themselves, and how many were rated.
-- $1 bigint      run id
-- $2 timestamptz from, or null
-- $3 timestamptz to (exclusive), or null
select
    count(*) as tickets,
    count(distinct t.customer) as customers,
    count(t.csat) as rated,
    count(s.id) as unexplained,
    coalesce(sum(s.share::numeric), 0) as unexplained_share
from toilmeter.run_ticket t
left join toilmeter.run_ticket_share s
    on s.run_id = t.run_id and s.id = t.id and s.component = '(unexplained)' and s.share > 0
where t.run_id = $1::bigint
    and ($2::timestamptz is null or t.at >= $2::timestamptz)
    and ($3::timestamptz is null or t.at < $3::timestamptz);
