-- Every version of every ticket, as an action of whoever made it. Binary COPY, no parameters.
copy (
    select v.id, v.at, v.updated_at, v.actor, coalesce(v.automatic, false) as automatic, v.manual_minutes
    from toilmeter.support_ticket_version v
    order by v.id, v.version
) to stdout (format binary);
