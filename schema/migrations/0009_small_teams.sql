-- How many persons stand behind a team's hours. Reports do not break the time of a team of fewer than three down by what
-- tells of one person's day. Runs of before have no rows.

create table toilmeter.run_team (
    run_id bigint not null,
    team text collate "C" not null,
    people integer check (people >= 3),       -- distinct pseudonyms behind its hours; null: fewer than three, no more is told
    primary key (run_id, team)
);

grant insert, select on toilmeter.run_team to toilmeter_analyst;
grant select on toilmeter.run_team to toilmeter_reader;
