-- Attribution: which failures cause tickets that name no component. Rows of a run, with the evidence behind them, so
-- that an old report can show why it said what it said.

-- One row per tested (component, kind, topic). kind is the event kind; topic '' stands for tickets without one.
create table toilmeter.run_link (
    run_id bigint not null,
    component text collate "C" not null,      -- '(shared release)': deployments of several components at once
    kind text collate "C" not null,
    topic text collate "C" not null,
    verdict text collate "C" not null,        -- 'established', 'not established'
    why text collate "C" not null,
    grade text collate "C" not null,          -- 'A', 'B', 'C', 'none'
    either text[] collate "C",                -- components that the data can't tell from this one, itself included
    events bigint not null,                   -- of the component and kind, in the window
    attributed double precision not null,     -- tickets, joint fit, all bands; exactly 0 unless established
    attributed_low double precision,          -- 95%; of the fit, also where not established; null: no fit
    attributed_high double precision,
    from_minutes integer not null,            -- the strongest band
    to_minutes integer not null,
    observed double precision,                -- of the strongest band; null where the screen abstained
    expected double precision,
    excess double precision,
    excess_low double precision,
    excess_high double precision,
    rate_ratio double precision,              -- null where nothing was expected
    rate_ratio_low double precision,
    rate_ratio_high double precision,
    q double precision,                       -- smallest over the bands, or the joint fit's where the screen abstained
    abstained boolean not null,               -- the screen: too few clean weeks to compare with
    confirmed boolean,                        -- on held-out weeks; null: could not be tested
    common_cause boolean not null,            -- as large an excess before the event as behind it
    controls integer not null,                -- other topics tested against the same failures (negative controls)
    controls_raised integer not null,         -- and those of them in which it passes, too
    joint_p double precision,                 -- robust score test with all other links fitted; null: not tried
    tickets bigint not null,                  -- of the topic, that name no component
    primary key (run_id, component, kind, topic)
);
-- Its lag bands; the lead band has lead = true and negative minutes.
create table toilmeter.run_link_band (
    run_id bigint not null,
    component text collate "C" not null,
    kind text collate "C" not null,
    topic text collate "C" not null,
    from_minutes integer not null,
    to_minutes integer not null,
    lead boolean not null,
    observed double precision,
    expected double precision,
    excess double precision,
    excess_low double precision,
    excess_high double precision,
    p double precision,
    q double precision,
    clusters integer not null,
    clusters_paired integer not null,
    clusters_carrying integer not null,       -- the fewest that carry half of the excess
    attributed double precision not null,     -- by the joint fit, 0 unless established
    primary key (run_id, component, kind, topic, from_minutes, to_minutes)
);
create table toilmeter.run_link_placebo (
    run_id bigint not null,
    component text collate "C" not null,
    kind text collate "C" not null,
    topic text collate "C" not null,
    name text collate "C" not null,           -- 'mirror', 'shift'
    excess double precision,
    excess_low double precision,
    excess_high double precision,
    p double precision,
    passed boolean,                           -- null: could not be tested
    primary key (run_id, component, kind, topic, name)
);
-- Lag curve: tickets observed and expected by lag, in steps of a bin. Of established links and the nearest others.
create table toilmeter.run_link_curve (
    run_id bigint not null,
    component text collate "C" not null,
    kind text collate "C" not null,
    topic text collate "C" not null,
    from_minutes double precision not null,
    to_minutes double precision not null,
    observed double precision not null,
    expected double precision not null,
    primary key (run_id, component, kind, topic, from_minutes)
);
-- Events and attributed tickets by week (seven days from the window's begin on), of established links.
create table toilmeter.run_link_week (
    run_id bigint not null,
    component text collate "C" not null,
    kind text collate "C" not null,
    topic text collate "C" not null,
    week date not null,                       -- its first day, in the catalog's zone
    events bigint not null,
    attributed double precision not null,
    primary key (run_id, component, kind, topic, week)
);
-- One joint fit per topic, and how well it describes the tickets.
create table toilmeter.run_fit (
    run_id bigint not null,
    topic text collate "C" not null,
    tickets bigint not null,
    baseline double precision not null,       -- tickets that nothing explains
    candidates integer not null,
    ks double precision,                      -- Kolmogorov-Smirnov distance of the rescaled times, and its p
    ks_p double precision,
    dispersion double precision,
    iterations integer not null,
    converged boolean not null,
    why text collate "C",                     -- of a fit that did not converge or had nothing to fit
    primary key (run_id, topic)
);

-- A hidden share tells its interval and the event that weighs most in it.
alter table toilmeter.run_ticket_share
    add column low double precision,
    add column high double precision,
    add column kind text collate "C",
    add column event_at timestamptz;
-- Most tickets are unexplained: nobody looks for those by component, and to index them costs as much as to store them.
drop index toilmeter.run_ticket_share_component;
create index run_ticket_share_component on toilmeter.run_ticket_share (run_id, component)
    where component <> '(unexplained)';

-- Of the hours, those that came by hidden shares of tickets. Null in runs of before.
alter table toilmeter.run_hours
    add column followed double precision;

-- Tags of a ticket, marks of the fit.
alter table toilmeter.run_ticket
    add column tags text[] collate "C";

-- Summaries of run_ticket and run_ticket_share, so that a report of a whole run need not go through every ticket.
create table toilmeter.run_ticket_period (
    run_id bigint not null,
    by text collate "C" not null,             -- 'all', 'sprint', 'week', 'month'
    component text collate "C" not null,
    period date not null,                     -- its first day, in the catalog's zone; of 'all' that of the window
    named bigint not null,                    -- tickets by name or topic
    total double precision not null,          -- sum of shares
    hidden double precision not null,         -- of them, those that links brought
    below double precision not null,          -- distances from hidden to the ends of its interval
    above double precision not null,
    customers bigint not null,                -- touched
    primary key (run_id, by, component, period)
);
create table toilmeter.run_ticket_count (
    run_id bigint primary key,
    tickets bigint not null,
    customers bigint not null,
    rated bigint not null
);

create or replace function toilmeter.refresh_run_statistics() returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    analyze toilmeter.run_hours, toilmeter.run_ticket, toilmeter.run_ticket_share, toilmeter.run_link,
        toilmeter.run_link_band, toilmeter.run_link_curve, toilmeter.run_ticket_period;
end
$$;

grant insert, select on toilmeter.run_link, toilmeter.run_link_band, toilmeter.run_link_placebo,
    toilmeter.run_link_curve, toilmeter.run_link_week, toilmeter.run_fit, toilmeter.run_ticket_period,
    toilmeter.run_ticket_count to toilmeter_analyst;
grant select on toilmeter.run_link, toilmeter.run_link_band, toilmeter.run_link_placebo,
    toilmeter.run_link_curve, toilmeter.run_link_week, toilmeter.run_fit, toilmeter.run_ticket_period,
    toilmeter.run_ticket_count to toilmeter_reader;
