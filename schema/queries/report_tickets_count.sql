-- How many tickets and customers there are, and how many tickets were rated.
-- $1 bigint      run id
-- $2 timestamptz from, or null
-- $3 timestamptz to (exclusive), or null
select coalesce(sum(tickets), 0)::bigint as tickets, count(customer) as customers, coalesce(sum(rated), 0)::bigint as rated
from (
    select customer, count(*) as tickets, count(csat) as rated
    from toilmeter.run_ticket
    where run_id = $1::bigint
        and ($2::timestamptz is null or at >= $2::timestamptz)
        and ($3::timestamptz is null or at < $3::timestamptz)
    group by customer
) by_customer;
