CREATE VIEW rewordings AS
SELECT r.seen_at, (SELECT a.vendor FROM announcements a WHERE a.number = r.announcement) AS vendor,
       (SELECT d.phase FROM verdicts d WHERE d.announcement = r.announcement AND d.revision = r.number) AS phase,
       CASE r.number WHEN 2 THEN (SELECT a.text FROM announcements a WHERE a.number = r.announcement)
            ELSE (SELECT p.text FROM revisions p WHERE p.announcement = r.announcement AND p.number = r.number - 1)
       END AS before, r.text AS after,
       (SELECT CAST(strftime('%s', r.seen_at) - strftime('%s', a.published_at) AS INTEGER)
          FROM announcements a WHERE a.number = r.announcement) AS after_s,
       (SELECT a.published_at FROM announcements a WHERE a.number = r.announcement) AS published_at,
       r.number AS version, r.title, r.status, r.edited_at,
       (SELECT a.url FROM announcements a WHERE a.number = r.announcement) AS url,
       (SELECT u.incident FROM incident_updates u WHERE u.announcement = r.announcement AND u.revision = 1) AS incident,
       r.announcement, r.original
  FROM revisions r;
DROP VIEW timeline;
CREATE VIEW timeline AS
SELECT u.at, u.vendor, u.phase, (SELECT i.name FROM incidents i WHERE i.id = u.incident) AS incident_name,
       COALESCE((SELECT r.text FROM revisions r WHERE r.announcement = u.announcement AND r.number = u.revision),
                (SELECT a.text FROM announcements a WHERE a.number = u.announcement)) AS text,
       (SELECT a.versions - 1 FROM announcements a WHERE a.number = u.announcement) AS revised,
       (SELECT r.text FROM revisions r WHERE r.announcement = u.announcement AND r.number > u.revision
         ORDER BY r.number DESC LIMIT 1) AS last_text,
       (SELECT i.state FROM incidents i WHERE i.id = u.incident) AS state,
       (SELECT i.kind FROM incidents i WHERE i.id = u.incident) AS kind,
       (SELECT a.source FROM announcements a WHERE a.number = u.announcement) AS source,
       COALESCE((SELECT r.title FROM revisions r WHERE r.announcement = u.announcement AND r.number = u.revision),
                (SELECT a.title FROM announcements a WHERE a.number = u.announcement)) AS title,
       (SELECT a.url FROM announcements a WHERE a.number = u.announcement) AS url,
       (SELECT v.name FROM vendors v WHERE v.slug = u.vendor) AS vendor_name, u.joined_by,
       (SELECT d.because FROM verdicts d WHERE d.announcement = u.announcement AND d.revision = u.revision) AS because,
       (SELECT d.confidence FROM verdicts d WHERE d.announcement = u.announcement AND d.revision = u.revision)
       AS confidence, u.incident, u.position, u.announcement
  FROM incident_updates u WHERE u.incident IS NOT NULL;
