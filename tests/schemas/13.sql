DROP VIEW timeline;
CREATE VIEW timeline AS
SELECT u.at, u.vendor, u.phase, (SELECT i.name FROM incidents i WHERE i.id = u.incident) AS incident_name,
       COALESCE((SELECT r.text FROM revisions r WHERE r.announcement = u.announcement AND r.number = u.revision),
                (SELECT a.text FROM announcements a WHERE a.number = u.announcement)) AS text,
       (SELECT a.versions - u.revision FROM announcements a WHERE a.number = u.announcement) AS revised,
       (SELECT r.text FROM revisions r WHERE r.announcement = u.announcement AND r.number > u.revision
         ORDER BY r.number DESC LIMIT 1) AS last_text, u.withdrawn,
       (SELECT i.state FROM incidents i WHERE i.id = u.incident) AS state,
       (SELECT i.kind FROM incidents i WHERE i.id = u.incident) AS kind,
       (SELECT a.source FROM announcements a WHERE a.number = u.announcement) AS source,
       COALESCE((SELECT r.title FROM revisions r WHERE r.announcement = u.announcement AND r.number = u.revision),
                (SELECT a.title FROM announcements a WHERE a.number = u.announcement)) AS title,
       (SELECT a.url FROM announcements a WHERE a.number = u.announcement) AS url,
       (SELECT v.name FROM vendors v WHERE v.slug = u.vendor) AS vendor_name,
       COALESCE((SELECT r.seen_at FROM revisions r WHERE r.announcement = u.announcement AND r.number = u.revision),
                (SELECT CASE WHEN a.first_seen_at IS NOT NULL OR a.seen_at IS NOT a.published_at THEN a.seen_at END
                   FROM announcements a WHERE a.number = u.announcement)) AS seen_at, u.joined_by,
       (SELECT d.because FROM verdicts d WHERE d.announcement = u.announcement AND d.revision = u.revision) AS because,
       (SELECT d.confidence FROM verdicts d WHERE d.announcement = u.announcement AND d.revision = u.revision)
       AS confidence, u.incident, u.position, u.announcement
  FROM incident_updates u WHERE u.incident IS NOT NULL;
