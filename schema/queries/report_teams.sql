-- Whether a team's time may be broken down by what tells of a person's day: 'few' (fewer than three people), 'beside' (the
-- one with the fewest people of the others, where only one has few: else that one's would be a total less all others),
-- 'enough'. Runs that were made before people were counted have no rows.
-- $1 bigint  run id
select team,
    case
        when people is null then 'few'
        when count(*) filter (where people is null) over () = 1
            and team = first_value(team) over (order by people nulls last, team) then 'beside'
        else 'enough'
    end as size
from toilmeter.run_team
where run_id = $1::bigint
order by team;
