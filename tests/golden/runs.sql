-- A fixed synthetic history of runs, for golden files and tests: two sprints in Prague, with the switch to summer time on the
-- last day of the first (2026-03-29), names that formats must not trip over, and (unmapped) and (unexplained) rows.
--   run 1  the history; 56 tickets
--   run 2  the same window, read again: one late ticket, three late hours, another gap, another rate
--   run 3  nothing had been collected
--   run 4  the same window with attribution: links, hidden shares, followed hours; 206 tickets
-- Runs 1 and 2 were made before attribution: they have no run_fit, no share is hidden, and followed is null.
set time zone 'UTC';

insert into toilmeter.run (run_id, label, analyzed_at, program_version, window_from, window_to, watermark, seed, parameters,
    events, catalog)
overriding system value
values
    (1, 'spring', '2026-04-13 08:00Z', '0.1.0', '2026-03-15 23:00Z', '2026-04-12 22:00Z', '2026-04-12 21:59:30Z', 1,
     '{"bin_minutes": 5, "gap_minutes": 20, "post_minutes": 10}',
     '{"service_restart": 512, "queue_rebalance": 120, "support_ticket": 56, "support_ticket_versions": 140, "work_log": 30}',
     '{"zone": "Europe/Prague", "goals": [], "items": [], "teams": [{"name": "platform", "rate": [{"from": "2026-01-01", "amount": 55}], "zone": "Europe/Prague", "evening": "17:00-22:00", "working": "Mon-Fri 09:00-17:00"}, {"name": "payments", "rate": [], "zone": "Europe/Prague", "evening": "17:00-22:00", "working": "Mon-Fri 09:00-17:00"}], "sprints": {"start": "2026-01-05", "length": "2w"}, "currency": "EUR", "components": [{"name": "queue-balancer", "team": "platform", "match": ["queue-balancer", "~^qb-[0-9]+$"], "topics": ["sync"]}, {"name": "ledger", "team": "payments", "match": ["ledger"], "topics": []}, {"name": "a-component-with-quite-a-long-name-for-a-table", "team": "payments", "match": ["~^long-"], "topics": []}, {"name": "=cmd|'' /C calc''!A0", "match": ["evil"], "topics": []}], "ticket_cost": [], "people_hours_per_sprint": 80}'),
    (2, null, '2026-04-14 08:00Z', '0.1.0', '2026-03-15 23:00Z', '2026-04-12 22:00Z', '2026-04-13 21:59:30Z', 9007199254740993,
     '{"bin_minutes": 5, "gap_minutes": 30, "post_minutes": 10}',
     '{"service_restart": 512, "queue_rebalance": 120, "support_ticket": 57, "support_ticket_versions": 143, "work_log": 31}',
     '{"zone": "Europe/Prague", "goals": [], "items": [], "teams": [{"name": "platform", "rate": [{"from": "2026-01-01", "amount": 60}], "zone": "Europe/Prague", "evening": "17:00-22:00", "working": "Mon-Fri 09:00-17:00"}, {"name": "payments", "rate": [], "zone": "Europe/Prague", "evening": "17:00-22:00", "working": "Mon-Fri 09:00-17:00"}], "sprints": {"start": "2026-01-05", "length": "2w"}, "currency": "EUR", "components": [{"name": "queue-balancer", "team": "platform", "match": ["queue-balancer", "~^qb-[0-9]+$"], "topics": ["sync"]}, {"name": "ledger", "team": "payments", "match": ["ledger"], "topics": []}, {"name": "a-component-with-quite-a-long-name-for-a-table", "team": "payments", "match": ["~^long-"], "topics": []}, {"name": "=cmd|'' /C calc''!A0", "match": ["evil"], "topics": []}], "ticket_cost": [], "people_hours_per_sprint": 80}'),
    (3, 'before anything came', '2026-01-01 08:00Z', '0.1.0', null, null, null, 1, '{}', '{}',
     '{"zone": "UTC", "goals": [], "items": [], "teams": [], "sprints": {"start": "2024-01-01", "length": "2w"}, "currency": "XXX", "components": [], "ticket_cost": [], "people_hours_per_sprint": 80}');

insert into toilmeter.run_funnel (run_id, position, stage, kind, count, why)
values
    (1, 1, 'received', 'service_restart', 700, 'read from topics and files'),
    (1, 2, 'received', 'support_ticket', 192, 'read from topics and files'),
    (1, 3, 'received', '', 8, 'no event was made of them'),
    (1, 4, 'duplicates', 'service_restart', 188, 'came again, added no row, whatever the order in which the two arrived'),
    (1, 5, 'duplicates', 'support_ticket', 52, 'came again, added no row'),
    (1, 6, 'quarantined', '', 8, 'not_json: no JSON | or cut off (`toilmeter quarantine list` shows them)'),
    (1, 7, 'stored', 'service_restart', 512, 'each once'),
    (1, 8, 'stored', 'support_ticket', 140, 'each once'),
    (1, 9, 'in tables', 'service_restart', 512, 'as stored'),
    (1, 10, 'in tables', 'support_ticket', 140, 'as stored'),
    (1, 11, 'ids', 'support_ticket', 56, 'what the versions are of'),
    (1, 12, 'in the window', 'service_restart', 512, 'counted, each once'),
    (1, 13, 'in the window', 'support_ticket', 56, 'counted, each once'),
    (1, 14, 'mapped', 'service_restart', 500, 'to a component of the catalog'),
    (1, 15, 'unmapped', 'service_restart', 12, 'no rule matches the name');

insert into toilmeter.run_name (run_id, raw, component, events)
values
    (1, 'queue-balancer', 'queue-balancer', 400), (1, 'qb-17', 'queue-balancer', 100), (1, 'ledger', 'ledger', 120),
    (1, 'mystery', '(unmapped)', 9), (1, '<script>alert(1)</script>', '(unmapped)', 3);

-- Toil by day: the first component every day, inferred, with a band of its own; the second declared on weekdays.
insert into toilmeter.run_hours (run_id, component, team, kind, activity, day, hours, working, evening, night, declared,
    measured, inferred, calibrated, hours_gap10, hours_gap20, hours_gap30, hours_gap60, cost)
select r, 'queue-balancer', 'platform', 'queue_rebalance', 'toil', d::date, 1.5, 1.25, 0.25, 0, 0, 0, 1.5, 0, 1.25, 1.5, 1.6, 1.75,
    1.5 * case r when 1 then 55 else 60 end
from generate_series(1, 2) r, generate_series('2026-03-16'::timestamp, '2026-04-12', '1 day') d
union all
select r, 'ledger', 'payments', 'work_log', 'incident', d::date, 0.5, 0.5, 0, 0, 0.5, 0, 0, 0, 0.5, 0.5, 0.5, 0.5, null
from generate_series(1, 2) r, generate_series('2026-03-16'::timestamp, '2026-04-12', '1 day') d
where extract(isodow from d) < 6
union all
-- Gaps that pull the other way than the rest: the band of the total is not the sum of the rows' bands.
select r, 'a-component-with-quite-a-long-name-for-a-table', 'payments', 'support_ticket', 'toil', d::date, 2, 0, 1, 1, 0, 0.5, 0.5,
    1, 2.4, 2, 1.9, 1.8, null
from generate_series(1, 2) r, generate_series('2026-03-28'::timestamp, '2026-03-30', '1 day') d
union all
select r, '=cmd|'' /C calc''!A0', 'payments', 'service_restart', 'toil', '2026-04-01'::date, 0.75, 0, 0, 0.75, 0, 0, 0.75, 0, 0.5,
    0.75, 0.75, 1, null
from generate_series(1, 2) r
union all
select r, '(unexplained)', '', 'support_ticket', 'toil', d::date, 0.8, 0.8, 0, 0, 0, 0, 0.8, 0, 0.7, 0.8, 0.9, 1.2, null
from generate_series(1, 2) r, generate_series('2026-03-16'::timestamp, '2026-04-10', '2 days') d
union all
select r, 'queue-balancer', 'platform', 'work_log', 'feature', '2026-03-17'::date, 12, 12, 0, 0, 12, 0, 0, 0, 12, 12, 12, 12, 660
from generate_series(1, 2) r
union all
select 2, 'ledger', 'payments', 'work_log', 'toil', '2026-04-12'::date, 3, 3, 0, 0, 3, 0, 0, 0, 3, 3, 3, 3, null;

insert into toilmeter.run_calibration (run_id, period, logged_hours, inferred_hours, people, items, ratio, low, high, used)
values
    (1, '', 10, 12.5, 6, 20, 0.8, 0.7, 0.92, true),
    (1, '2026-03', 6, 8, 6, 12, 0.75, 0.61, 0.9, false),
    (1, '2026-04', 4, 4.5, 5, 8, 0.889, 0.7, 1.05, false);

-- 48 tickets of eleven customers over the window, a quarter of them by name; ratings fall for those.
insert into toilmeter.run_ticket (run_id, id, at, status, topic, customer, csat, versions)
select r, 't-' || lpad(i::text, 3, '0'), '2026-03-16 09:00Z'::timestamptz + i * interval '13 hours', 'solved', 'general',
    'customer-' || i % 11, case i % 4 when 0 then 0.3 else 0.8 end + (i % 5) * 0.02, 2
from generate_series(1, 2) r, generate_series(1, 48) i
union all
-- Six that declare their topic, and two at the edges of a local day: 00:30 on 16 March, 00:30 on 30 March (sprint 2).
select r, 's-' || i, '2026-03-20 12:00Z'::timestamptz + i * interval '1 day', 'open', 'sync', 'customer-' || i, null, 1
from generate_series(1, 2) r, generate_series(1, 6) i
union all
select r, 'edge-1', '2026-03-15 23:30Z'::timestamptz, 'open', null, null, null, 1 from generate_series(1, 2) r
union all
select r, 'edge-2', '2026-03-29 22:30Z'::timestamptz, 'open', null, null, null, 1 from generate_series(1, 2) r
union all
select 2, 'late-1', '2026-04-02 10:00Z'::timestamptz, 'open', null, 'customer-1', null, 1;

insert into toilmeter.run_ticket_share (run_id, id, component, share, how)
select run_id, id, 'ledger', 1, 'named'
from toilmeter.run_ticket where id like 't-%' and right(id, 3)::integer % 4 = 0
union all
select run_id, id, c, 0.5, 'topic'
from toilmeter.run_ticket, unnest(array['queue-balancer', 'a-component-with-quite-a-long-name-for-a-table']) c
where id like 's-%'
union all
select run_id, id, '(unexplained)', 1, 'unexplained'
from toilmeter.run_ticket where id like 'edge-%' or id like 'late-%' or (id like 't-%' and right(id, 3)::integer % 4 <> 0);

-- ---- run 4: attribution ----

insert into toilmeter.run (run_id, label, analyzed_at, program_version, window_from, window_to, watermark, seed, parameters,
    events, catalog)
overriding system value
select 4, 'with links', '2026-04-15 08:00Z', '0.2.0', window_from, window_to, watermark, seed, parameters,
    events || '{"support_ticket": 206, "support_ticket_versions": 440}',
    jsonb_set(catalog, '{components}', (catalog -> 'components')
        || '[{"name": "session-cache", "team": "platform", "match": ["session-cache"], "topics": []},
             {"name": "session-store", "team": "platform", "match": ["session-store"], "topics": []}]')
from toilmeter.run where run_id = 1;

insert into toilmeter.run_name (run_id, raw, component, events)
select 4, raw, component, events from toilmeter.run_name where run_id = 1;
insert into toilmeter.run_calibration
select 4, period, logged_hours, inferred_hours, people, items, ratio, low, high, used
from toilmeter.run_calibration where run_id = 1;

-- Five eighths of the hours on unexplained tickets turn out to follow the queue balancer: the total stays.
insert into toilmeter.run_hours (run_id, component, team, kind, activity, day, hours, working, evening, night, declared,
    measured, inferred, calibrated, hours_gap10, hours_gap20, hours_gap30, hours_gap60, cost, followed)
select 4, component, team, kind, activity, day, hours, working, evening, night, declared, measured, inferred, calibrated,
    hours_gap10, hours_gap20, hours_gap30, hours_gap60, cost, 0
from toilmeter.run_hours where run_id = 1 and component <> '(unexplained)'
union all
select 4, '(unexplained)', '', kind, activity, day, 0.3, 0.3, 0, 0, 0, 0, 0.3, 0, 0.2625, 0.3, 0.3375, 0.45, null, 0
from toilmeter.run_hours where run_id = 1 and component = '(unexplained)'
union all
select 4, 'queue-balancer', 'platform', kind, activity, day, 0.5, 0.5, 0, 0, 0, 0, 0.5, 0, 0.4375, 0.5, 0.5625, 0.75, 27.5, 0.5
from toilmeter.run_hours where run_id = 1 and component = '(unexplained)';

-- Teams of several people each.
insert into toilmeter.run_team (run_id, team, people)
select distinct run_id, team, case team when 'platform' then 6 else 4 end from toilmeter.run_hours where team <> '';

-- 120 tickets about late data, two thirds of them hidden in part; 30 about logins, twenty of them of one of two components.
insert into toilmeter.run_ticket (run_id, id, at, status, topic, scope, customer, csat, versions, tags, closed_at)
select 4, id, at, status, topic, scope, customer, csat, versions, null::text[], closed_at from toilmeter.run_ticket where run_id = 1
union all
select 4, 'd-' || lpad(i::text, 3, '0'), '2026-03-16 06:30Z'::timestamptz + i * interval '5 hours', 'solved', 'late-data',
    case i % 6 when 0 then 'eu' end, 'customer-' || i % 40,
    case when i % 5 = 0 then null when i % 40 % 3 <> 0 then 0.45 + (i % 7) * 0.03 else 0.7 + (i % 7) * 0.03 end,
    1 + i % 3, '{stale,dashboard}', '2026-03-16 09:30Z'::timestamptz + i * interval '5 hours'
from generate_series(1, 120) i
union all
select 4, 'l-' || lpad(i::text, 3, '0'), '2026-03-17 10:10Z'::timestamptz + i * interval '19 hours', 'open', 'login', null,
    'customer-' || 40 + i, null, 1, null, null
from generate_series(1, 30) i;

insert into toilmeter.run_ticket_share (run_id, id, component, share, how, low, high, kind, event_at)
select 4, id, component, share, how, null::float8, null::float8, null, null::timestamptz from toilmeter.run_ticket_share where run_id = 1
union all
select 4, t.id, s.component, s.share, s.how, s.low, s.high, s.kind, t.at - s.lag
from toilmeter.run_ticket t,
    (values ('queue-balancer', 0.75, 'hidden', 0.62, 0.85, 'service_restart', interval '23 minutes'),
            ('(unexplained)', 0.25, 'unexplained', null, null, null, null)) s (component, share, how, low, high, kind, lag)
where t.run_id = 4 and t.topic = 'late-data' and ltrim(t.id, '-deglst')::integer % 40 % 3 <> 0
union all
select 4, t.id, s.component, s.share, s.how, s.low, s.high, s.kind, t.at - s.lag
from toilmeter.run_ticket t,
    (values ('session-cache | session-store', 0.6, 'hidden', 0.3, 0.9, 'service_restart', interval '4 minutes'),
            ('(unexplained)', 0.4, 'unexplained', null, null, null, null)) s (component, share, how, low, high, kind, lag)
where t.run_id = 4 and t.topic = 'login' and ltrim(t.id, '-deglst')::integer % 3 <> 0
union all
select 4, id, '(unexplained)', 1, 'unexplained', null, null, null, null
from toilmeter.run_ticket
where run_id = 4 and ((topic = 'late-data' and ltrim(id, '-deglst')::integer % 40 % 3 = 0)
    or (topic = 'login' and ltrim(id, '-deglst')::integer % 3 = 0));

insert into toilmeter.run_fit (run_id, topic, tickets, baseline, candidates, ks, ks_p, dispersion, iterations, converged, why)
values
    (4, 'late-data', 120, 61.5, 3, 0.04, 0.61, 1.1, 41, true, null),
    (4, 'general', 36, 36, 0, 0.08, 0.7, 0.9, 1, true, null),
    (4, 'login', 30, 18, 2, 0.21, 0.004, 2.4, 77, true, null),
    (4, '', 2, 2, 0, null, null, null, 0, true, 'two tickets: nothing to fit');

insert into toilmeter.run_link (run_id, component, kind, topic, verdict, why, grade, either, events, attributed,
    attributed_low, attributed_high, from_minutes, to_minutes, observed, expected, excess, excess_low, excess_high,
    rate_ratio, rate_ratio_low, rate_ratio_high, q, abstained, confirmed, common_cause, controls, controls_raised, joint_p,
    tickets)
values
    (4, 'queue-balancer', 'service_restart', 'late-data', 'established',
     'both placebos pass, confirmed on held-out weeks', 'A', null, 400, 58.5, 48.36, 66.3,
     15, 60, 71, 18.25, 52.75, 41, 63.5, 3.8904, 3.1, 4.9, 0.00004, false, true, false, 3, 0, 0.0000021, 120),
    (4, 'session-cache', 'service_restart', 'login', 'established',
     'placebos pass; too few weeks to confirm', 'B', '{session-cache,session-store}', 31, 12, 6, 18,
     0, 15, 15, 3, 12, 6.5, 17, 5, 2.2, 9.9, 0.011, false, null, false, 3, 0, 0.002, 30),
    (4, 'session-store', 'service_restart', 'login', 'established',
     'placebos pass; too few weeks to confirm', 'B', '{session-cache,session-store}', 31, 12, 6, 18,
     0, 15, 15, 3, 12, 6.5, 17, 5, 2.2, 9.9, 0.011, false, null, false, 3, 0, 0.002, 30),
    (4, 'a-component-with-quite-a-long-name-for-a-table', 'service_restart', 'late-data', 'not established',
     'the mirror placebo shows as large an excess before the failures', 'none', null, 44, 0, null, 6.4,
     60, 240, 31, 20, 11, 2, 19, 1.55, 1.1, 2.1, 0.031, false, false, true, 3, 2, 0.2, 120),
    (4, 'ledger', 'service_restart', 'late-data', 'not established',
     'nothing is left once the other links are fitted', 'none', null, 120, 0, 0, 4.1,
     15, 60, 29, 19.5, 9.5, 1.5, 17, 1.4872, 1.05, 2.0, 0.044, false, true, false, 3, 0, 0.41, 120),
    (4, '(shared release)', 'deployment', 'late-data', 'not established', 'q is 0.18, not below 0.05', 'none', null, 9, 0, null, null,
     240, 720, 12, 8.5, 3.5, -1, 7, 1.4118, 0.9, 2.4, 0.18, false, null, false, 3, 0, null, 120),
    (4, 'queue-balancer', 'queue_rebalance', 'general', 'not established', 'q is 0.33, not below 0.05', 'none', null, 120, 0, null, null,
     0, 15, 4, 2.75, 1.25, -1.5, 3.5, 1.4545, 0.5, 4.2, 0.33, false, null, false, 3, 0, null, 36),
    (4, 'ledger', 'service_restart', 'general', 'not established', 'too few clean weeks to compare with, and the joint fit is not clear: p 0.4',
     'none', null, 120, 0, null, null, 0, 15, null, null, null, null, null, null, null, null, 0.61, true, null, false, 3, 0, 0.4, 36),
    (4, 'queue-balancer', 'service_restart', 'login', 'not established', 'q is 0.82, not below 0.05', 'none', null, 400, 0, null, null,
     15, 60, 7, 7.5, -0.5, -4, 3, 0.9333, 0.4, 1.9, 0.82, false, null, false, 3, 0, null, 30),
    (4, '=cmd|'' /C calc''!A0', 'service_restart', 'general', 'not established', 'q is 1, not below 0.05', 'none', null, 3, 0, null, null,
     1440, 4320, 2, 2, 0, -2, 2, 1, 0.2, 5, 1, false, null, false, 3, 0, null, 36);

insert into toilmeter.run_link_band (run_id, component, kind, topic, from_minutes, to_minutes, lead, observed, expected, excess,
    excess_low, excess_high, p, q, clusters, clusters_paired, clusters_carrying, attributed)
values
    (4, 'queue-balancer', 'service_restart', 'late-data', 0, 15, false, 14, 6.5, 7.5, 2, 13, 0.002, 0.012, 26, 24, 7, 6.25),
    (4, 'queue-balancer', 'service_restart', 'late-data', 15, 60, false, 71, 18.25, 52.75, 41, 63.5, 0.000001, 0.00004, 26, 24, 9, 52.25),
    (4, 'queue-balancer', 'service_restart', 'late-data', 60, 240, false, 33, 31, 2, -7, 11, 0.31, 0.5, 26, 24, 3, 0),
    (4, 'queue-balancer', 'service_restart', 'late-data', -30, 0, true, 9, 9.5, -0.5, -5, 5, 0.6, null, 26, 24, 0, 0),
    (4, 'session-cache', 'service_restart', 'login', 0, 15, false, 15, 3, 12, 6.5, 17, 0.0004, 0.011, 12, 9, 4, 12),
    (4, 'session-cache', 'service_restart', 'login', -30, 0, true, 2, 2.5, -0.5, -3, 2, 0.7, null, 12, 9, 0, 0),
    (4, 'session-store', 'service_restart', 'login', 0, 15, false, 15, 3, 12, 6.5, 17, 0.0004, 0.011, 12, 9, 4, 12),
    (4, 'session-store', 'service_restart', 'login', -30, 0, true, 2, 2.5, -0.5, -3, 2, 0.7, null, 12, 9, 0, 0),
    (4, 'ledger', 'service_restart', 'general', 0, 15, false, null, null, null, null, null, null, null, 2, 0, 0, 0);

insert into toilmeter.run_link_placebo (run_id, component, kind, topic, name, excess, excess_low, excess_high, p, passed)
values
    (4, 'queue-balancer', 'service_restart', 'late-data', 'mirror', -1.5, -8, 5, 0.62, true),
    (4, 'queue-balancer', 'service_restart', 'late-data', 'shift', 0.25, -6, 7, 0.47, true),
    (4, 'session-cache', 'service_restart', 'login', 'mirror', 0.5, -2, 3, 0.4, true),
    (4, 'session-cache', 'service_restart', 'login', 'shift', null, null, null, null, null),
    (4, 'session-store', 'service_restart', 'login', 'mirror', 0.5, -2, 3, 0.4, true),
    (4, 'session-store', 'service_restart', 'login', 'shift', null, null, null, null, null),
    (4, 'a-component-with-quite-a-long-name-for-a-table', 'service_restart', 'late-data', 'mirror', 10, 3, 17, 0.004, false);

insert into toilmeter.run_link_curve (run_id, component, kind, topic, from_minutes, to_minutes, observed, expected)
select 4, 'queue-balancer', 'service_restart', 'late-data', m, m + 5,
    case when m < 0 then 1 + (m + 30) / 5 % 2 when m < 15 then 4 + m / 5 when m < 35 then 11 + m / 10 when m < 60 then 8 - m / 10 else 2 end,
    1.5 + (m + 30) / 5 % 3 * 0.25
from generate_series(-30, 70, 5) m;

insert into toilmeter.run_link_week (run_id, component, kind, topic, week, events, attributed)
values
    (4, 'queue-balancer', 'service_restart', 'late-data', '2026-03-16', 96, 12.5),
    (4, 'queue-balancer', 'service_restart', 'late-data', '2026-03-23', 101, 15.25),
    (4, 'queue-balancer', 'service_restart', 'late-data', '2026-03-30', 88, 13.75),
    (4, 'queue-balancer', 'service_restart', 'late-data', '2026-04-06', 115, 17);

-- Restarts in the event tables around one of those tickets (2026-03-16 16:30Z): one of them is the one it follows.
select toilmeter.ensure_month('service_restart', '2026-03-01'), toilmeter.ensure_month('queue_rebalance', '2026-03-01');
insert into toilmeter.service_restart (at, id, ended_at, component, automatic, count, reason)
values
    ('2026-03-16 16:07Z', 'r-1', '2026-03-16 16:09Z', 'qb-17', true, 2, 'out of memory | <b>'),
    ('2026-03-16 15:30Z', 'r-2', null, 'queue-balancer', true, null, null),
    ('2026-03-16 15:10Z', 'r-3', null, 'ledger', false, null, 'config'),
    ('2026-03-12 16:00Z', 'r-4', null, 'queue-balancer', true, null, 'long before');
insert into toilmeter.queue_rebalance (at, id, component, automatic, queue, moved)
values ('2026-03-16 16:20Z', 'b-1', 'queue-balancer', false, 'sync', 40);
