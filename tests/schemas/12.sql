CREATE TABLE backfills (
    source TEXT PRIMARY KEY REFERENCES sources(id),
    since TEXT,
    purpose TEXT,
    url TEXT,
    incidents TEXT NOT NULL DEFAULT '{}'
);
DROP VIEW open_incidents;
CREATE VIEW open_incidents AS
SELECT i.id, i.vendor, v.name AS vendor_name, i.name, i.state, i.impact, i.components, i.announced_at, i.last_update_at
  FROM incidents i JOIN vendors v ON v.slug = i.vendor
 WHERE i.state = 'open' AND i.kind = 'incident';
DROP VIEW source_health;
CREATE VIEW source_health AS
WITH polled AS (
    SELECT s.*, (SELECT MAX(q.polled_at) FROM requests q WHERE q.source = s.id) AS polled_at FROM sources s
), planned AS (
    SELECT p.*, (SELECT MIN(q.next_poll_at) FROM requests q
                  WHERE q.source = p.id AND q.next_poll_at > p.polled_at) AS next_poll_at FROM polled p
), seen AS (
    SELECT *, CASE
        WHEN health IN ('suspended', 'retired') THEN NULL
        WHEN polled_at IS NULL AND health IN ('unreachable', 'unreadable') THEN NULL
        WHEN polled_at IS NULL THEN 'never polled'
        WHEN julianday('now') > julianday(COALESCE(next_poll_at, datetime(polled_at, '+1 day')), '+1 hour')
        THEN 'not polled since ' || strftime('%Y-%m-%d %H:%M', polled_at) || ' UTC: does the collector run?'
        END AS stale FROM planned
)
SELECT id, vendor, platform, address, CASE WHEN stale IS NULL THEN health ELSE 'stale' END AS health,
       CASE WHEN stale IS NULL THEN health_since ELSE polled_at END AS health_since,
       COALESCE(stale, health_reason) AS health_reason, succeeded_at, polled_at, next_poll_at,
       (SELECT COUNT(*) FROM announcements a WHERE a.source = seen.id) AS announcements
  FROM seen;
