-- Sums that reports of a whole run would otherwise make from every day and every ticket of it. `analyze` writes them with the
-- run; runs of before have none, and their reports go the long way.

-- Satisfaction of customers on a component's tickets less that of the rest in the same weeks.
create table toilmeter.run_csat (
    run_id bigint not null,
    by text collate "C" not null,             -- 'all', 'sprint', 'week', 'month'
    component text collate "C" not null,
    period date not null,                     -- its first day, in the catalog's zone; of 'all' that of the window
    customers bigint not null,                -- with a vote on the component's side, in weeks that have both sides
    rest_customers bigint not null,           -- and on the other
    difference double precision,              -- in points; null where it cannot be told
    low double precision,                     -- its interval, 95%
    high double precision,
    primary key (run_id, by, component, period)
);

-- The same of an item's components taken as one, and the customers that they touch. A row for every item of the catalog.
create table toilmeter.run_item (
    run_id bigint not null,
    item text collate "C" not null,
    touched bigint not null,                  -- customers
    customers bigint not null,
    rest_customers bigint not null,
    difference double precision,
    low double precision,
    high double precision,
    primary key (run_id, item)
);

-- run_hours by period.
create table toilmeter.run_hours_period (
    run_id bigint not null,
    by text collate "C" not null,             -- 'all', 'sprint', 'week', 'month'
    period date not null,                     -- its first day, in the catalog's zone; of 'all' that of the window
    component text collate "C" not null,
    team text collate "C" not null,
    kind text collate "C" not null,
    activity text collate "C" not null,       -- 'manual': toil and incidents; of by 'all' the other ones besides
    hours double precision not null,
    working double precision not null,
    evening double precision not null,
    night double precision not null,
    declared double precision not null,
    measured double precision not null,
    inferred double precision not null,
    calibrated double precision not null,
    hours_gap10 double precision not null,
    hours_gap20 double precision not null,
    hours_gap30 double precision not null,
    hours_gap60 double precision not null,
    cost double precision,
    hours_without_cost double precision not null,
    days bigint not null,                     -- rows of run_hours behind it
    followed double precision,
    primary key (run_id, by, period, component, kind, activity)
);

-- Hours of a team by week: manual ones with their range over gaps, and all that are known of it.
create table toilmeter.run_team_week (
    run_id bigint not null,
    team text collate "C" not null,
    week date not null,                       -- its Monday
    toil double precision not null,
    low double precision not null,            -- at the shortest gap
    high double precision not null,           -- and at the longest
    known double precision not null,
    primary key (run_id, team, week)
);

-- Of tens of thousands of pairs that were tested a few are established, and those are what most reports want.
create index run_link_established on toilmeter.run_link (run_id) where verdict = 'established';

create or replace function toilmeter.refresh_run_statistics() returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    analyze toilmeter.run_hours, toilmeter.run_ticket, toilmeter.run_ticket_share, toilmeter.run_link,
        toilmeter.run_link_band, toilmeter.run_link_curve, toilmeter.run_ticket_period, toilmeter.run_week,
        toilmeter.run_feature, toilmeter.run_csat, toilmeter.run_hours_period;
end
$$;

grant insert, select on toilmeter.run_csat, toilmeter.run_item, toilmeter.run_hours_period, toilmeter.run_team_week
    to toilmeter_analyst;
grant select on toilmeter.run_csat, toilmeter.run_item, toilmeter.run_hours_period, toilmeter.run_team_week
    to toilmeter_reader;
