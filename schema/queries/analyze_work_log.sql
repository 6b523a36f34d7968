-- Every booking of time as it is now. Binary COPY, no parameters.
copy (
    select w.id, w.at, w.ended_at, w.component, w.actor, coalesce(w.automatic, false) as automatic, w.manual_minutes,
        w.status, w.ref, w.activity, w.versions
    from toilmeter.work_log w
    order by w.id
) to stdout (format binary);
