-- Rows of a run. Binary COPY, no parameters.
copy toilmeter.run_link (run_id, component, kind, topic, verdict, why, grade, either, events, attributed, attributed_low,
    attributed_high, from_minutes, to_minutes, observed, expected, excess, excess_low, excess_high, rate_ratio,
    rate_ratio_low, rate_ratio_high, q, abstained, confirmed, common_cause, controls, controls_raised, joint_p, tickets)
from stdin (format binary);
