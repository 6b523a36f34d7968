-- Tested pairs of failures and topics: the established first, then the nearest.
-- $1 bigint  run id
-- $2 text[]  components, or null for all
-- $3 bigint  at most so many that are not established, or null for all
with chosen as (
    select *
    from toilmeter.run_link
    where run_id = $1::bigint and verdict = 'established'
        and ($2::text[] is null or component = any ($2::text[]))
    union all
    (
        select *
        from toilmeter.run_link
        where run_id = $1::bigint and verdict <> 'established'
            and ($2::text[] is null or component = any ($2::text[]))
        order by attributed desc, q nulls last, excess desc nulls last, component, kind, topic
        limit $3::bigint
    )
)
select component, kind, topic, verdict = 'established' as established, why, grade,
    array_to_string(either, ' or ') as either, to_json(either)::text as either_json,
    events, tickets,
    attributed, attributed_low, attributed_high,
    from_minutes, to_minutes, observed, expected,
    excess, excess_low, excess_high,
    rate_ratio, rate_ratio_low, rate_ratio_high,
    q, abstained, confirmed, common_cause, controls, controls_raised, joint_p
from chosen
order by verdict = 'established' desc, attributed desc, q nulls last, excess desc nulls last, component, kind, topic;
