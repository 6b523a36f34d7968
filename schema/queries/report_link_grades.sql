-- Components with established links: the weakest grade, the group that each may be in (null: none), and how far the ends of
-- the interval are from the attributed tickets, as a part of them: links of several topics have fits of their own, so
-- their distances sum as squares. A group counts under the names of its members and under its own, "a | b", as shares and
-- hours have it; the distances of its interval under its own alone.
-- $1 bigint  run id
select component, max(grade) as grade, max(either) as either,
    sqrt(sum((attributed - low) * (attributed - low)) filter (where own)) / nullif(sum(attributed) filter (where own), 0)
        as below,
    sqrt(sum((high - attributed) * (high - attributed)) filter (where own)) / nullif(sum(attributed) filter (where own), 0)
        as above
from (
    select component, either is null as own, grade, array_to_string(either, ' | ') as either, attributed::numeric as attributed,
        coalesce(attributed_low, attributed)::numeric as low, coalesce(attributed_high, attributed)::numeric as high
    from toilmeter.run_link
    where run_id = $1::bigint and verdict = 'established'
    union all
    select either, true, grade, either, attributed, low, high
    from (
        select distinct array_to_string(either, ' | ') as either, topic, grade, attributed::numeric as attributed,
            coalesce(attributed_low, attributed)::numeric as low, coalesce(attributed_high, attributed)::numeric as high
        from toilmeter.run_link
        where run_id = $1::bigint and verdict = 'established' and either is not null
    ) as_one
) established
group by component
order by component;
