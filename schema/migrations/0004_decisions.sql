-- What decisions are made from, kept with the run: every measure by week, and units of development work. A report reads a
-- few thousand rows of them, however many events stand behind a run.

create table toilmeter.run_week (
    run_id bigint not null,
    measure text collate "C" not null,        -- restarts, rebalances, tickets, manual_hours, manual_cost, csat, metric:NAME
    part text collate "C" not null,           -- '': the whole; manual_hours: the kind of what was worked on, or inferred;
                                              -- manual_cost: 'hours', those that have a rate; tickets: named, hidden;
                                              -- restarts and rebalances: 'by hand'
    component text collate "C" not null,
    week date not null,                       -- its Monday, in the catalog's zone; the window may cut the first and the last
    value double precision not null,          -- a sum; of metric:NAME the median; of csat the sum of the answers
    n double precision not null,              -- values behind it; of csat the sum of the shares of the tickets answered
    low double precision,                     -- of manual_hours: at the shortest gap
    high double precision,                    -- and at the longest
    unit text collate "C",                    -- of metric:NAME, as the first measurement tells it
    primary key (run_id, measure, part, component, week)
);

-- What work logs of activity `feature` refer to: a unit of work. Split among the components of its logs.
create table toilmeter.run_feature (
    run_id bigint not null,
    component text collate "C" not null,
    ref text collate "C" not null,
    first_day date not null,
    last_day date not null,
    hours double precision not null,
    primary key (run_id, component, ref)
);

create or replace function toilmeter.refresh_run_statistics() returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    analyze toilmeter.run_hours, toilmeter.run_ticket, toilmeter.run_ticket_share, toilmeter.run_link,
        toilmeter.run_link_band, toilmeter.run_link_curve, toilmeter.run_ticket_period, toilmeter.run_week,
        toilmeter.run_feature;
end
$$;

grant insert, select on toilmeter.run_week, toilmeter.run_feature to toilmeter_analyst;
grant select on toilmeter.run_week, toilmeter.run_feature to toilmeter_reader;
