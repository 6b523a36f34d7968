-- Every ticket as it is now. Binary COPY, no parameters.
copy (
    select t.id, t.at, t.closed_at, t.status, t.severity, t.topic, t.scope, t.customer, t.csat, t.component, t.versions,
        t.tags
    from toilmeter.support_ticket t
    order by t.id
) to stdout (format binary);
