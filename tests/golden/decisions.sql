-- One run over 52 weeks from 2025-10-06 on, as rows of weeks made by formulas: what grows, what a fix has cut in week 26, what
-- stays. catalog: that of decisions.yaml, put in by the test.
set time zone 'UTC';

insert into toilmeter.run (run_id, analyzed_at, program_version, window_from, window_to, watermark, seed, parameters, events,
    catalog)
overriding system value
values (5, '2026-10-06 08:00Z', '0.1.0', '2025-10-05 22:00Z', '2026-10-04 22:00Z', '2026-10-04 22:00Z', 7,
    '{"bin_minutes": 5, "gap_minutes": 20, "post_minutes": 10}', '{"service_restart": 1200, "support_ticket": 3000}', '{}');

-- noise: whole numbers from -6 to 6, the same on every machine.
create temporary table week_of as
select w, '2025-10-06'::date + 7 * w as week, ((w * 7919 + 31) % 13 - 6)::float8 as noise, ((w * 104729 + 7) % 13 - 6)::float8 as other
from generate_series(0, 51) w;

insert into toilmeter.run_week (run_id, measure, part, component, week, value, n, low, high, unit)
-- Hours: of the queue balancer steady at 20, of the others less; half of the router's are inferred.
select 5, 'manual_hours', '', 'queue-balancer', week, 20 + noise / 2, 5, 18 + noise / 2, 23 + noise / 2, null from week_of
union all select 5, 'manual_hours', 'queue_rebalance', 'queue-balancer', week, 12 + noise / 2, 5, 12 + noise / 2, 12 + noise / 2, null from week_of
union all select 5, 'manual_hours', 'support_ticket', 'queue-balancer', week, 8, 5, 6, 11, null from week_of
union all select 5, 'manual_cost', '', 'queue-balancer', week, 55 * (20 + noise / 2), 5, null, null, null from week_of
union all select 5, 'manual_cost', 'hours', 'queue-balancer', week, 20 + noise / 2, 5, null, null, null from week_of
union all select 5, 'manual_hours', '', 'router', week, 8 + noise / 4, 5, 6 + noise / 4, 11 + noise / 4, null from week_of
union all select 5, 'manual_hours', 'support_ticket', 'router', week, 8 + noise / 4, 5, 6 + noise / 4, 11 + noise / 4, null from week_of
union all select 5, 'manual_hours', 'inferred', 'router', week, 4, 5, null, null, null from week_of
union all select 5, 'manual_hours', '', 'mailer', week, 10 + other / 3, 5, 10 + other / 3, 10 + other / 3, null from week_of
union all select 5, 'manual_hours', 'work_log', 'mailer', week, 10 + other / 3, 5, 10 + other / 3, 10 + other / 3, null from week_of
union all select 5, 'manual_hours', '', 'search', week, 6 + noise / 5, 5, 6 + noise / 5, 6 + noise / 5, null from week_of
union all select 5, 'manual_hours', '', '(unexplained)', week, 9, 5, 8, 11, null from week_of
-- Tickets: of the queue balancer hidden ones alone, growing 4% a month; of the router cut by 40% in week 26.
union all select 5, 'tickets', part, 'queue-balancer', week, 10 * exp(0.04 * w / 4.348) + noise / 3, 10, null, null, null
from week_of, unnest(array['', 'hidden']) part
union all select 5, 'tickets', '', 'router', week, case when w > 25 then 24 else 40 end + noise, 40, null, null, null from week_of
union all select 5, 'tickets', 'named', 'router', week, case when w > 25 then 24 else 40 end + noise, 40, null, null, null from week_of
union all select 5, 'tickets', '', 'mailer', week, 6 + other / 3, 6, null, null, null from week_of
union all select 5, 'tickets', '', 'search', week, 90 + 2 * other, 90, null, null, null from week_of
union all select 5, 'tickets', '', 'web-app', week, 60 + 2 * noise, 60, null, null, null from week_of
-- Events, levels, satisfaction.
union all select 5, 'restarts', '', 'queue-balancer', week, 23 + noise, 23, null, null, null from week_of
union all select 5, 'restarts', 'by hand', 'queue-balancer', week, 2, 2, null, null, null from week_of
union all select 5, 'rebalances', '', 'queue-balancer', week, 50 + 2 * other, 50, null, null, null from week_of
union all select 5, 'restarts', '', 'a | pipe & <tag>', week, 3 + abs(other), 3, null, null, null from week_of
union all select 5, 'metric:load_time', '', 'ledger', week, 400 * exp(ln(1.05) * w / 4.348 + noise / 300), 42, null, null, 'ms' from week_of
union all select 5, 'metric:load_time', '', 'web-app', week, 200 * exp(other / 200), 42, null, null, 'ms' from week_of
union all select 5, 'csat', '', 'search', week, (case when w > 25 then 0.9 else 0.6 end + noise / 100) * 20, 20, null, null, null from week_of
union all select 5, 'csat', '', 'web-app', week, (0.7 + other / 100) * 20, 20, null, null, null from week_of;

-- Three units of work a week, of twelve hours and then of eight.
insert into toilmeter.run_feature (run_id, component, ref, first_day, last_day, hours)
select 5, 'web-app', 'F-' || w || '-' || i, week - 3, week + i, case when w > 25 then 8 else 12 end + noise / 6 + i / 2.0
from week_of, generate_series(0, 2) i where w > 1
union all
select 5, 'search', 'S-' || w || '-' || i, week - 3, week + i, 10 + other / 6 + i / 2.0
from week_of, generate_series(0, 2) i where w > 1;

-- For the budget: toil and other work of teams; web books no other work.
insert into toilmeter.run_hours (run_id, component, team, kind, activity, day, hours, working, evening, night, declared, measured,
    inferred, calibrated, hours_gap10, hours_gap20, hours_gap30, hours_gap60, cost, followed)
select 5, 'queue-balancer', 'platform', 'queue_rebalance', 'toil', week, 20 + noise, 20 + noise, 0, 0, 20 + noise, 0, 0, 0,
    19 + noise, 20 + noise, 20 + noise, 22 + noise, 1100, 0 from week_of
union all
select 5, 'ledger', 'platform', 'work_log', 'feature', week, 60 - noise, 60, 0, 0, 60 - noise, 0, 0, 0, 60 - noise, 60 - noise,
    60 - noise, 60 - noise, null, 0 from week_of
union all
select 5, 'router', 'web', 'support_ticket', 'toil', week, 8, 8, 0, 0, 0, 0, 8, 0, 6, 8, 9, 11, null, 0 from week_of;

-- Tickets themselves, for customers and satisfaction: every third is the queue balancer's, and rated less.
insert into toilmeter.run_ticket (run_id, id, at, status, topic, customer, csat, versions)
select 5, 't-' || i, '2025-10-08 09:00Z'::timestamptz + i * interval '1 day', 'solved', 'late data', 'customer-' || i % 37,
    case when i % 3 = 0 then 0.4 else 0.8 end + (i % 7) * 0.01, 2
from generate_series(0, 350) i;
insert into toilmeter.run_ticket_share (run_id, id, component, share, how, low, high)
select 5, 't-' || i, case when i % 3 = 0 then 'queue-balancer' else 'search' end, 1, case when i % 3 = 0 then 'hidden' else 'named' end,
    case when i % 3 = 0 then 0.8 end, case when i % 3 = 0 then 1 end
from generate_series(0, 350) i;
insert into toilmeter.run_ticket_count (run_id, tickets, customers, rated) values (5, 351, 37, 351);
insert into toilmeter.run_team (run_id, team, people) values (5, 'platform', 6), (5, 'web', 3);
