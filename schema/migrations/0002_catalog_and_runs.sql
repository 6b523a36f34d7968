-- The catalog as applied, and the runs that reports read.
-- A run is written whole in one transaction and never changed: nobody is granted UPDATE or DELETE on it.

-- Every catalog that was ever applied, as canonical JSON; the greatest id is in force.
create table toilmeter.catalog (
    catalog_id bigint generated always as identity primary key,
    applied_at timestamptz not null default now(),
    checksum text collate "C" not null,
    document jsonb not null
);

-- The catalog in force, spread out for people who query by hand and for dashboards; made anew by each apply.
create table toilmeter.team (
    name text collate "C" primary key,
    zone text collate "C" not null,
    working text collate "C" not null,
    evening text collate "C" not null
);
create table toilmeter.team_rate (
    team text collate "C" not null,
    from_date date not null,
    amount double precision not null,
    primary key (team, from_date)
);
create table toilmeter.ticket_cost (
    from_date date primary key,
    amount double precision not null
);
create table toilmeter.component (
    name text collate "C" primary key,
    team text collate "C",
    position integer not null
);
create table toilmeter.component_match (
    component text collate "C" not null,
    position integer not null,
    pattern text collate "C" not null,
    primary key (component, position)
);
create table toilmeter.component_topic (
    component text collate "C" not null,
    topic text collate "C" not null,
    primary key (component, topic)
);
create table toilmeter.goal (
    name text collate "C" primary key,
    leader text collate "C",
    by_date date
);
create table toilmeter.item (
    id text collate "C" primary key,
    title text collate "C" not null,
    leader text collate "C",
    goal text collate "C",
    state text collate "C" not null,
    proposed date,
    shipped date,
    effort_sprints double precision,
    effort_people double precision,
    promise_measure text collate "C",
    promise_change double precision,
    promise_within_days integer,
    payback_target_days integer,
    components text[] collate "C" not null,
    teams text[] collate "C" not null
);

create table toilmeter.run (
    run_id bigint generated always as identity primary key,
    label text collate "C",
    analyzed_at timestamptz not null default now(),
    program_version text collate "C" not null,
    window_from timestamptz,          -- null when there was no event
    window_to timestamptz,            -- exclusive
    watermark timestamptz,            -- up to which every source partition has been read; null when nothing was read
    seed bigint not null,
    parameters jsonb not null,        -- every setting that the numbers depend on
    events jsonb not null,            -- counts by kind: {"service_restart": 512, "support_ticket_versions": 240, ...}
    catalog jsonb not null            -- the catalog as of the run
);

-- What came in, was mapped, attributed, left out, and why: one row a stage and kind, in order.
create table toilmeter.run_funnel (
    run_id bigint not null,
    position integer not null,
    stage text collate "C" not null,
    kind text collate "C" not null,
    count bigint not null,
    why text collate "C" not null,
    primary key (run_id, position)
);

-- Every raw name seen and the component that the catalog's rules gave it ('(unmapped)' when none).
create table toilmeter.run_name (
    run_id bigint not null,
    raw text collate "C" not null,
    component text collate "C" not null,
    events bigint not null,
    primary key (run_id, raw)
);

-- Hours by component, kind, activity and local day (catalog's zone). All hours are person-hours.
create table toilmeter.run_hours (
    run_id bigint not null,
    component text collate "C" not null,   -- '(unexplained)' and '(unmapped)' included
    team text collate "C" not null,        -- of the component; '' when none
    kind text collate "C" not null,
    activity text collate "C" not null,    -- 'toil' for all but work logs, which bring their own
    day date not null,
    hours double precision not null,       -- at the default gap, calibrated where possible
    working double precision not null,     -- these three sum to hours
    evening double precision not null,
    night double precision not null,
    declared double precision not null,    -- these four sum to hours
    measured double precision not null,
    inferred double precision not null,
    calibrated double precision not null,
    hours_gap10 double precision not null, -- the same total with sessions closed by gaps of 10, 20, 30, 60 minutes
    hours_gap20 double precision not null,
    hours_gap30 double precision not null,
    hours_gap60 double precision not null,
    cost double precision,                 -- in the catalog's currency; null where no rate is in force
    primary key (run_id, component, kind, activity, day)
);

-- How logged time compares to inferred time, whole window (period '') and by month ('2026-01').
create table toilmeter.run_calibration (
    run_id bigint not null,
    period text collate "C" not null,
    logged_hours double precision not null,
    inferred_hours double precision not null,
    people integer not null,
    items integer not null,
    ratio double precision,               -- null when there is too little
    low double precision,
    high double precision,
    used boolean not null,                -- were inferred hours of the period scaled by it
    primary key (run_id, period)
);

-- Every ticket of the window, and the shares of components in it. Shares of a ticket sum to one with '(unexplained)'.
create table toilmeter.run_ticket (
    run_id bigint not null,
    id text collate "C" not null,
    at timestamptz not null,
    closed_at timestamptz,
    status text collate "C",
    severity smallint,
    topic text collate "C",
    scope text collate "C",
    customer text collate "C",
    csat double precision,
    versions integer not null,
    primary key (run_id, id)
);
create table toilmeter.run_ticket_share (
    run_id bigint not null,
    id text collate "C" not null,
    component text collate "C" not null,
    share double precision not null,
    how text collate "C" not null,        -- 'named', 'topic', 'unexplained'; attribution adds 'hidden'
    primary key (run_id, id, component)
);
create index run_ticket_share_component on toilmeter.run_ticket_share (run_id, component);

-- Tells the planner what a new run brought: reports follow at once, long before autovacuum has looked.
create function toilmeter.refresh_run_statistics() returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    analyze toilmeter.run_hours, toilmeter.run_ticket, toilmeter.run_ticket_share;
end
$$;
revoke execute on function toilmeter.refresh_run_statistics() from public;
grant execute on function toilmeter.refresh_run_statistics() to toilmeter_analyst;

grant select on all tables in schema toilmeter to toilmeter_analyst;
grant insert on toilmeter.catalog, toilmeter.run, toilmeter.run_funnel, toilmeter.run_name, toilmeter.run_hours,
    toilmeter.run_calibration, toilmeter.run_ticket, toilmeter.run_ticket_share to toilmeter_analyst;
grant insert, delete on toilmeter.team, toilmeter.team_rate, toilmeter.ticket_cost, toilmeter.component,
    toilmeter.component_match, toilmeter.component_topic, toilmeter.goal, toilmeter.item to toilmeter_analyst;
grant select on toilmeter.catalog, toilmeter.team, toilmeter.team_rate, toilmeter.ticket_cost, toilmeter.component,
    toilmeter.component_match, toilmeter.component_topic, toilmeter.goal, toilmeter.item, toilmeter.run,
    toilmeter.run_funnel, toilmeter.run_name, toilmeter.run_hours, toilmeter.run_calibration, toilmeter.run_ticket,
    toilmeter.run_ticket_share to toilmeter_reader;
