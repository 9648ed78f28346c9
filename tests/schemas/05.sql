CREATE INDEX incident_updates_newest ON incident_updates(at);
CREATE INDEX announcements_newest ON announcements(published_at);
DROP INDEX announcements_vendor;
ALTER TABLE incidents ADD COLUMN last_update_at TEXT;
UPDATE incidents SET last_update_at = (SELECT MAX(u.at) FROM incident_updates u WHERE u.incident = incidents.id);
CREATE INDEX incidents_spoke ON incidents(vendor, last_update_at, announced_at);
CREATE INDEX corrections_source ON corrections(source);
DROP INDEX incidents_state;
CREATE INDEX incidents_state ON incidents(state, ended_before);
DROP INDEX incidents_resolved;
CREATE INDEX incidents_resolved ON incidents(resolved_at, vendor);
CREATE INDEX incidents_planned ON incidents(COALESCE(impact_started_at, announced_at)) WHERE kind = 'maintenance';
CREATE INDEX revisions_newest ON revisions(seen_at);
CREATE INDEX absences_newest ON absences(kind, missing_at);
DROP VIEW timeline;
CREATE VIEW timeline AS
SELECT u.vendor, (SELECT v.name FROM vendors v WHERE v.slug = u.vendor) AS vendor_name,
       (SELECT i.name FROM incidents i WHERE i.id = u.incident) AS incident_name,
       (SELECT i.state FROM incidents i WHERE i.id = u.incident) AS state,
       (SELECT i.kind FROM incidents i WHERE i.id = u.incident) AS kind, u.at, u.phase,
       (SELECT a.source FROM announcements a WHERE a.number = u.announcement) AS source,
       COALESCE((SELECT r.title FROM revisions r WHERE r.announcement = u.announcement AND r.number = u.revision),
                (SELECT a.title FROM announcements a WHERE a.number = u.announcement)) AS title,
       COALESCE((SELECT r.text FROM revisions r WHERE r.announcement = u.announcement AND r.number = u.revision),
                (SELECT a.text FROM announcements a WHERE a.number = u.announcement)) AS text,
       (SELECT a.url FROM announcements a WHERE a.number = u.announcement) AS url,
       (SELECT a.versions - 1 FROM announcements a WHERE a.number = u.announcement) AS revised, u.joined_by,
       (SELECT d.because FROM verdicts d WHERE d.announcement = u.announcement AND d.revision = u.revision) AS because,
       (SELECT d.confidence FROM verdicts d WHERE d.announcement = u.announcement AND d.revision = u.revision)
       AS confidence, u.incident, u.position, u.announcement
  FROM incident_updates u WHERE u.incident IS NOT NULL;
DROP VIEW announcements_atom;
CREATE VIEW announcements_atom AS
SELECT 'tag:' || source || ',' || id AS atom_id, COALESCE(title, substr(text, 1, 80)) AS atom_title,
       COALESCE(published_at, seen_at) AS atom_updated, url AS atom_link, text AS atom_content, vendor, number
  FROM announcements;
