-- facts: who speaks, and where
CREATE TABLE vendors (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    homepage TEXT
);
CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    vendor TEXT NOT NULL REFERENCES vendors(slug),
    platform TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    health TEXT NOT NULL DEFAULT 'stale',
    health_since TEXT,
    health_reason TEXT,
    succeeded_at TEXT,
    began_at TEXT,                -- its first successful poll: what that held is not dated by us
    learnt TEXT NOT NULL DEFAULT '{}',
    settings TEXT NOT NULL DEFAULT '{}',  -- what its originals are read with: account, page, zone, components
    newest_id TEXT                -- the newest announcement of which all older ones are known
);
CREATE INDEX sources_vendor ON sources(vendor);

-- facts: what was said; a row is the first version and never changes
CREATE TABLE originals (
    digest TEXT PRIMARY KEY,
    body BLOB NOT NULL            -- a document of the platform, zlib
) WITHOUT ROWID;
CREATE TABLE announcements (
    number INTEGER PRIMARY KEY,   -- the order in which we came to know them
    source TEXT NOT NULL REFERENCES sources(id),
    id TEXT NOT NULL,
    vendor TEXT NOT NULL REFERENCES vendors(slug),
    published_at TEXT,
    title TEXT,
    text TEXT NOT NULL,
    url TEXT,
    lang TEXT,
    status TEXT,
    impact TEXT,
    components TEXT NOT NULL DEFAULT '[]',
    incident_key TEXT,
    in_reply_to TEXT,
    links TEXT NOT NULL DEFAULT '[]',
    window_start TEXT,
    window_end TEXT,
    planned INTEGER NOT NULL DEFAULT 0,
    edited_at TEXT,
    seen_at TEXT NOT NULL,        -- when it came to us
    first_seen_at TEXT,           -- the same, null for what the first poll of a source already held
    last_seen_at TEXT,            -- null while its list still held it at the last successful poll
    versions INTEGER NOT NULL DEFAULT 1,
    original TEXT REFERENCES originals(digest),
    forgotten_at TEXT,
    UNIQUE (source, id)
);
CREATE INDEX announcements_vendor ON announcements(vendor, published_at);
CREATE INDEX announcements_told ON announcements(vendor, COALESCE(published_at, seen_at));
CREATE INDEX announcements_source ON announcements(source, published_at);
CREATE INDEX announcements_key ON announcements(source, incident_key);
CREATE TABLE announcement_aliases (
    source TEXT NOT NULL,
    alias TEXT NOT NULL,
    announcement INTEGER NOT NULL REFERENCES announcements(number),
    PRIMARY KEY (source, alias)
) WITHOUT ROWID;
CREATE INDEX announcement_aliases_announcement ON announcement_aliases(announcement);
CREATE TABLE revisions (
    announcement INTEGER NOT NULL REFERENCES announcements(number),
    number INTEGER NOT NULL,      -- from 2; the announcement itself is version 1
    seen_at TEXT NOT NULL,
    edited_at TEXT,
    title TEXT,
    text TEXT NOT NULL,
    status TEXT,
    impact TEXT,
    window_start TEXT,
    window_end TEXT,
    original TEXT REFERENCES originals(digest),
    PRIMARY KEY (announcement, number)
);
CREATE TABLE absences (
    source TEXT NOT NULL REFERENCES sources(id),
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    missing_at TEXT NOT NULL,
    PRIMARY KEY (source, key)
);
CREATE TABLE corrections (
    number INTEGER PRIMARY KEY,
    action TEXT NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    second_source TEXT,
    second_id TEXT,
    phase TEXT,
    revision INTEGER NOT NULL DEFAULT 1,
    author TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    made_at TEXT
);

-- facts: when we looked
CREATE TABLE requests (
    source TEXT NOT NULL REFERENCES sources(id),
    purpose TEXT NOT NULL,
    url TEXT NOT NULL DEFAULT '',
    etag TEXT,
    last_modified TEXT,
    polled_at TEXT,
    succeeded_at TEXT,
    next_poll_at TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since TEXT,
    last_status INTEGER,
    last_error TEXT,
    body_digest TEXT,
    moved_to TEXT,
    moved_since TEXT,
    moved_seen INTEGER NOT NULL DEFAULT 0,
    wish INTEGER,                 -- seconds: the document's own wish for the interval (RSS ttl)
    listed TEXT NOT NULL DEFAULT '[]',    -- what its last document held, newest first
    entries TEXT NOT NULL DEFAULT '{}',   -- the same by digest of the raw entries
    PRIMARY KEY (source, purpose)
);
CREATE TABLE polls (
    number INTEGER PRIMARY KEY,
    source TEXT NOT NULL REFERENCES sources(id),
    purpose TEXT NOT NULL,
    polled_at TEXT NOT NULL,
    status INTEGER,
    error TEXT,
    announcements INTEGER NOT NULL DEFAULT 0,
    revisions INTEGER NOT NULL DEFAULT 0,
    gap INTEGER NOT NULL DEFAULT 0        -- its list had nothing in common with the one before: more was said between
);
CREATE INDEX polls_source ON polls(source, polled_at);
CREATE INDEX polls_errors ON polls(polled_at) WHERE error IS NOT NULL;
CREATE TABLE coverage (
    source TEXT NOT NULL REFERENCES sources(id),
    day TEXT NOT NULL,
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    polls INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source, day)
) WITHOUT ROWID;
CREATE TABLE hosts (
    host TEXT PRIMARY KEY,
    blocked_until TEXT NOT NULL           -- it asked for a pause: Retry-After
) WITHOUT ROWID;
CREATE TABLE reads (
    source TEXT NOT NULL REFERENCES sources(id),
    month TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (source, month)
) WITHOUT ROWID;

-- derived: rebuilt from the facts at will
CREATE TABLE verdicts (
    announcement INTEGER NOT NULL REFERENCES announcements(number),
    revision INTEGER NOT NULL,
    phase TEXT NOT NULL,
    confidence REAL NOT NULL,
    because TEXT NOT NULL,
    PRIMARY KEY (announcement, revision)
);
CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    vendor TEXT NOT NULL REFERENCES vendors(slug),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    impact TEXT,                  -- the vendor's own word
    severity TEXT,                -- critical, major, minor or none: its word in ours, else what its words say
    components TEXT NOT NULL DEFAULT '[]',
    regions TEXT NOT NULL DEFAULT '[]',
    impact_started_at TEXT,
    announced_at TEXT,
    first_seen_at TEXT,
    first_resolved_at TEXT,
    resolved_at TEXT,
    impact_ended_at TEXT,
    ended_after TEXT,             -- an unannounced end lies between these two
    ended_before TEXT,
    duration_s INTEGER,
    due_at TEXT,                  -- when its state changes by itself, if nothing more is said
    bases TEXT NOT NULL DEFAULT '{}',
    corrections TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX incidents_due ON incidents(vendor, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX incidents_vendor ON incidents(vendor, announced_at);
CREATE INDEX incidents_announced ON incidents(announced_at);
CREATE INDEX incidents_state ON incidents(state);
CREATE INDEX incidents_resolved ON incidents(resolved_at);
CREATE TABLE incident_updates (
    announcement INTEGER NOT NULL REFERENCES announcements(number),
    revision INTEGER NOT NULL,    -- 1, or that of an edit which moved the incident on
    vendor TEXT NOT NULL REFERENCES vendors(slug),
    at TEXT NOT NULL,
    root INTEGER NOT NULL,        -- the announcement with which the rules began the group that this one is in
    joined_by TEXT NOT NULL,
    score REAL,
    incident TEXT REFERENCES incidents(id),
    position INTEGER,
    phase TEXT,
    at_basis TEXT,
    withdrawn INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (announcement, revision)
) WITHOUT ROWID;
CREATE INDEX incident_updates_at ON incident_updates(vendor, at);
CREATE INDEX incident_updates_root ON incident_updates(root);
CREATE INDEX incident_updates_incident ON incident_updates(incident, position);
CREATE TABLE marks (
    vendor TEXT NOT NULL REFERENCES vendors(slug),
    mark TEXT NOT NULL,           -- a key, an address or a number by which later announcements may find the group
    root INTEGER NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (vendor, mark, root)
) WITHOUT ROWID;
CREATE INDEX marks_since ON marks(vendor, since);
CREATE TABLE incident_aliases (
    alias TEXT PRIMARY KEY,
    incident TEXT NOT NULL REFERENCES incidents(id)
);
CREATE INDEX incident_aliases_incident ON incident_aliases(incident);
CREATE TABLE rules (
    vendor TEXT PRIMARY KEY REFERENCES vendors(slug),
    version TEXT NOT NULL         -- of the rules that derived this vendor's rows
);

-- the words of the command line, for people who ask in SQL
CREATE VIEW timeline AS
SELECT i.vendor, v.name AS vendor_name, i.name AS incident_name, i.state, i.kind, u.at, u.phase, a.source,
       COALESCE(r.title, a.title) AS title, COALESCE(r.text, a.text) AS text, a.url, a.versions - 1 AS revised,
       u.joined_by, d.because, d.confidence, u.incident, u.position, u.announcement
  FROM incident_updates u
  JOIN incidents i ON i.id = u.incident
  JOIN vendors v ON v.slug = i.vendor
  JOIN announcements a ON a.number = u.announcement
  LEFT JOIN revisions r ON r.announcement = u.announcement AND r.number = u.revision
  LEFT JOIN verdicts d ON d.announcement = u.announcement AND d.revision = u.revision;
CREATE VIEW open_incidents AS
SELECT i.id, i.vendor, v.name AS vendor_name, i.name, i.state, i.impact, i.components, i.announced_at,
       (SELECT MAX(u.at) FROM incident_updates u WHERE u.incident = i.id) AS last_update_at
  FROM incidents i JOIN vendors v ON v.slug = i.vendor
 WHERE i.state = 'open' AND i.kind = 'incident';
CREATE VIEW source_health AS
SELECT s.id, s.vendor, s.platform, s.address, s.health, s.health_since, s.health_reason, s.succeeded_at,
       (SELECT MIN(q.next_poll_at) FROM requests q WHERE q.source = s.id) AS next_poll_at,
       (SELECT COUNT(*) FROM announcements a WHERE a.source = s.id) AS announcements
  FROM sources s;
CREATE VIEW announcements_atom AS
SELECT 'tag:' || source || ',' || id AS atom_id, COALESCE(title, substr(text, 1, 80)) AS atom_title,
       COALESCE(published_at, seen_at) AS atom_updated, url AS atom_link, text AS atom_content, vendor
  FROM announcements;
CREATE VIEW maintenance_calendar AS
SELECT i.id AS event_uid, i.name AS event_name,
       COALESCE(i.impact_started_at, i.announced_at) AS event_dtstart, i.impact_ended_at AS event_dtend, i.vendor
  FROM incidents i WHERE i.kind = 'maintenance';

-- new announcements are indexed by the program, once a transaction
CREATE VIRTUAL TABLE announcements_fts USING fts5 (
    title, text, content='announcements', content_rowid='number', tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER announcements_reworded AFTER UPDATE OF title, text ON announcements BEGIN
    INSERT INTO announcements_fts (announcements_fts, rowid, title, text)
    VALUES ('delete', old.number, old.title, old.text);
    INSERT INTO announcements_fts (rowid, title, text) VALUES (new.number, new.title, new.text);
END;
