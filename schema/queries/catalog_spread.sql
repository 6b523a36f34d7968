-- Spreads a canonical catalog out into its tables, which are empty.
-- $1 jsonb: the document
with
    document as (select $1::jsonb as d),
    team as (
        select t.value as v
        from document, jsonb_array_elements(document.d -> 'teams') as t
    ),
    component as (
        select c.value as v, c.ordinality as position
        from document, jsonb_array_elements(document.d -> 'components') with ordinality as c
    ),
    item as (
        select i.value as v
        from document, jsonb_array_elements(document.d -> 'items') as i
    ),
    put_team as (
        insert into toilmeter.team (name, zone, working, evening)
        select v ->> 'name', v ->> 'zone', v ->> 'working', v ->> 'evening'
        from team
    ),
    put_team_rate as (
        insert into toilmeter.team_rate (team, from_date, amount)
        select team.v ->> 'name', (r.value ->> 'from')::date, (r.value ->> 'amount')::double precision
        from team, jsonb_array_elements(team.v -> 'rate') as r
    ),
    put_ticket_cost as (
        insert into toilmeter.ticket_cost (from_date, amount)
        select (r.value ->> 'from')::date, (r.value ->> 'amount')::double precision
        from document, jsonb_array_elements(document.d -> 'ticket_cost') as r
    ),
    put_component as (
        insert into toilmeter.component (name, team, position)
        select v ->> 'name', v ->> 'team', position
        from component
    ),
    put_component_match as (
        insert into toilmeter.component_match (component, position, pattern)
        select component.v ->> 'name', m.ordinality, m.value
        from component, jsonb_array_elements_text(component.v -> 'match') with ordinality as m
    ),
    put_component_topic as (
        insert into toilmeter.component_topic (component, topic)
        select component.v ->> 'name', t.value
        from component, jsonb_array_elements_text(component.v -> 'topics') as t
    ),
    put_goal as (
        insert into toilmeter.goal (name, leader, by_date)
        select g.value ->> 'name', g.value ->> 'owner', (g.value ->> 'by')::date
        from document, jsonb_array_elements(document.d -> 'goals') as g
    )
insert into toilmeter.item (id, title, leader, goal, state, proposed, shipped, effort_sprints, effort_people,
    promise_measure, promise_change, promise_within_days, payback_target_days, components, teams)
select
    v ->> 'id',
    v ->> 'title',
    v ->> 'leader',
    v ->> 'goal',
    v ->> 'state',
    (v ->> 'proposed')::date,
    (v ->> 'shipped')::date,
    (v -> 'effort' ->> 'sprints')::double precision,
    (v -> 'effort' ->> 'people')::double precision,
    v -> 'promise' ->> 'measure',
    -- "-90%"
    rtrim(v -> 'promise' ->> 'change', '%')::double precision / 100,
    -- "8w", "10d"
    left(v -> 'promise' ->> 'within', -1)::integer
        * case right(v -> 'promise' ->> 'within', 1) when 'w' then 7 else 1 end,
    left(v ->> 'payback_target', -1)::integer * case right(v ->> 'payback_target', 1) when 'w' then 7 else 1 end,
    array(select jsonb_array_elements_text(v -> 'components')),
    array(select jsonb_array_elements_text(v -> 'teams'))
from item;
