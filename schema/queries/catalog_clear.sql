-- Empties the spread-out tables of the catalog, before catalog_spread.
-- No parameters.
with
    team as (delete from toilmeter.team),
    team_rate as (delete from toilmeter.team_rate),
    ticket_cost as (delete from toilmeter.ticket_cost),
    component as (delete from toilmeter.component),
    component_match as (delete from toilmeter.component_match),
    component_topic as (delete from toilmeter.component_topic),
    goal as (delete from toilmeter.goal)
delete from toilmeter.item;
