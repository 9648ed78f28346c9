DROP VIEW maintenance_calendar;
CREATE VIEW maintenance_calendar AS
SELECT i.id AS event_uid, i.name AS event_name, COALESCE(i.impact_started_at, i.announced_at) AS event_dtstart,
       CASE WHEN i.impact_started_at IS NOT NULL THEN i.impact_ended_at END AS event_dtend, i.vendor
  FROM incidents i WHERE i.kind = 'maintenance' AND i.state NOT IN ('cancelled', 'withdrawn');
