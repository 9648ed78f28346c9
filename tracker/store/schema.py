"""What a record holds: its tables, how they are searched, and the views for people who ask in SQL.

A new record is made from this. An older one gets its tables by the steps of ``migrations``, and all else from here.
Facts are only ever added to; derived tables are replaced per vendor and can be rebuilt from the facts.
Times are ISO 8601 in UTC with a Z, so that they sort as text; lists are JSON arrays.
"""

from __future__ import annotations

import re

APPLICATION_ID = 0x5452414B  # "TRAK": how a database says that it is ours
NUMBER = 15  # of this schema: any change of it, also of a view alone, is one more, and a file of tests/schemas

TABLES = """
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
    learnt TEXT NOT NULL DEFAULT '{}',    -- what it told of itself: an account's number
    settings TEXT NOT NULL DEFAULT '{}',  -- what its originals are read with: account, page, zone, components
    newest_id TEXT,               -- the newest announcement of which all older ones are known
    formerly TEXT NOT NULL DEFAULT '{}'   -- the ids that it had before, which were quoted, each with its vendor
);
CREATE INDEX sources_vendor ON sources(vendor);

-- facts: what was said
CREATE TABLE originals (          -- with a rowid: in the order in which they come, many share a page
    digest TEXT NOT NULL UNIQUE,
    body BLOB NOT NULL            -- a document of the platform, zlib
);

CREATE TABLE announcements (      -- a row is the first version and never changes
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
    incident_key TEXT,            -- the platform's own: what has the same one tells of one incident
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
CREATE INDEX announcements_told ON announcements(vendor, COALESCE(published_at, seen_at));
CREATE INDEX announcements_source ON announcements(source, published_at);
CREATE INDEX announcements_key ON announcements(source, incident_key);
CREATE INDEX announcements_newest ON announcements(published_at);

CREATE TABLE announcement_aliases (
    source TEXT NOT NULL,
    alias TEXT NOT NULL,          -- its id after an edit, or in another document; no announcement has it as its own
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
CREATE INDEX revisions_newest ON revisions(seen_at);

CREATE TABLE absences (
    source TEXT NOT NULL REFERENCES sources(id),
    key TEXT NOT NULL,            -- as in requests.listed: an incident's or an announcement's
    kind TEXT NOT NULL,           -- missing once, withdrawn, or left a list that holds only what is open
    last_seen_at TEXT NOT NULL,
    missing_at TEXT NOT NULL,
    PRIMARY KEY (source, key)
);
CREATE INDEX absences_newest ON absences(kind, missing_at);

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
CREATE INDEX corrections_source ON corrections(source);

-- facts: when we looked, and what the next look needs
CREATE TABLE requests (           -- how each stands since its last answer
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
    read_from TEXT,               -- where its validators came from, if redirects led there
    PRIMARY KEY (source, purpose)
);

CREATE TABLE polls (              -- what brought news, and failures of the last days
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

CREATE TABLE coverage (           -- all polls, counted
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

CREATE TABLE reads (              -- those that cost money
    source TEXT NOT NULL REFERENCES sources(id),
    month TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (source, month)
) WITHOUT ROWID;

CREATE TABLE backfills (          -- how those go on that have not reached their end
    source TEXT PRIMARY KEY REFERENCES sources(id),
    since TEXT,                   -- the month back to which it reads; null: all there is
    purpose TEXT,                 -- of the page that it asks for next, and its address; null where all were read
    url TEXT,
    incidents TEXT NOT NULL DEFAULT '{}'  -- what it still asks for: by key the addresses to try, newest first
);

CREATE TABLE feeds (              -- one row: a run reads feeds.yaml only where it changed
    digest TEXT PRIMARY KEY,
    vendors TEXT NOT NULL
);

-- derived: rebuilt from the facts at will
CREATE TABLE verdicts (
    announcement INTEGER NOT NULL REFERENCES announcements(number),
    revision INTEGER NOT NULL,
    phase TEXT NOT NULL,
    confidence REAL NOT NULL,
    because TEXT NOT NULL,
    is_declared INTEGER NOT NULL DEFAULT 0,  -- the vendor's state decided, else its words
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
    corrections TEXT NOT NULL DEFAULT '[]',
    last_update_at TEXT
);
CREATE INDEX incidents_due ON incidents(vendor, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX incidents_vendor ON incidents(vendor, announced_at);
CREATE INDEX incidents_announced ON incidents(announced_at);
CREATE INDEX incidents_state ON incidents(state, ended_before);
CREATE INDEX incidents_resolved ON incidents(resolved_at, vendor);
CREATE INDEX incidents_spoke ON incidents(vendor, last_update_at, announced_at);
CREATE INDEX incidents_planned ON incidents(COALESCE(impact_started_at, announced_at)) WHERE kind = 'maintenance';

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
CREATE INDEX incident_updates_newest ON incident_updates(at);
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
    alias TEXT PRIMARY KEY,       -- every id that it had or could have had
    incident TEXT NOT NULL REFERENCES incidents(id)
);
CREATE INDEX incident_aliases_incident ON incident_aliases(incident);

CREATE TABLE rules (
    vendor TEXT PRIMARY KEY REFERENCES vendors(slug),
    version TEXT NOT NULL,        -- of the rules that derived this vendor's rows
    unjoined_since TEXT           -- what it said since then is not joined yet: a backfill is, or was, at work
);
"""

# The search finds the words of all versions; new announcements are indexed by the program, once a transaction.
SEARCH = """
CREATE VIEW announcement_words AS
SELECT number,
       CASE WHEN versions = 1 THEN title ELSE COALESCE(title, '') || (SELECT group_concat(words, '') FROM (
            SELECT char(10) || COALESCE(r.title, '') AS words FROM revisions r WHERE r.announcement = a.number
             ORDER BY r.number)) END AS title,
       CASE WHEN versions = 1 THEN text ELSE text || (SELECT group_concat(words, '') FROM (
            SELECT char(10) || r.text AS words FROM revisions r WHERE r.announcement = a.number
             ORDER BY r.number)) END AS text
  FROM announcements a;
CREATE VIRTUAL TABLE announcements_fts USING fts5 (
    title, text, content='announcement_words', content_rowid='number', tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER announcements_revised BEFORE INSERT ON revisions
  WHEN EXISTS (SELECT 1 FROM announcements_fts_docsize WHERE id = new.announcement) BEGIN
    INSERT INTO announcements_fts (announcements_fts, rowid, title, text)
    SELECT 'delete', number, title, text FROM announcement_words WHERE number = new.announcement;
    INSERT INTO announcements_fts (rowid, title, text)
    SELECT number, COALESCE(title, '') || char(10) || COALESCE(new.title, ''), text || char(10) || new.text
      FROM announcement_words WHERE number = new.announcement;
END;
"""

# What is forgotten, or read anew from its original: between the two it is indexed without a word.
INDEXED_ANEW = """
CREATE TRIGGER {table}_before BEFORE UPDATE OF title, text ON {table}
  WHEN EXISTS (SELECT 1 FROM announcements_fts_docsize WHERE id = old.{number}) BEGIN
    INSERT INTO announcements_fts (announcements_fts, rowid, title, text)
    SELECT 'delete', number, title, text FROM announcement_words WHERE number = old.{number};
    INSERT INTO announcements_fts (rowid) VALUES (old.{number});
END;
CREATE TRIGGER {table}_after AFTER UPDATE OF title, text ON {table}
  WHEN EXISTS (SELECT 1 FROM announcements_fts_docsize WHERE id = new.{number}) BEGIN
    INSERT INTO announcements_fts (announcements_fts, rowid) VALUES ('delete', new.{number});
    INSERT INTO announcements_fts (rowid, title, text)
    SELECT number, title, text FROM announcement_words WHERE number = new.{number};
END;
"""

# The words of the command line. The words that were said come before all that explains them: on a page the first
# columns are seen. Columns are looked up one by one: Datasette counts the rows of a page without those that it does
# not need for that, and never sorts all that is in one state.
VIEWS = """
-- Today's words stand beside the first ones: a search may have found an incident by them.
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

CREATE VIEW open_incidents AS
SELECT i.id, i.vendor, v.name AS vendor_name, i.name, i.state, i.impact, i.components, i.announced_at, i.last_update_at
  FROM incidents i JOIN vendors v ON v.slug = i.vendor
 WHERE i.state = 'open' AND i.kind = 'incident';

-- each beside what stood there before
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

-- What no collector can write down is that none runs; SourceHealth.at says the same for the commands. What was asked
-- for before the last poll and is not due later than that (an older page) is not asked for any more. A source that
-- cannot be asked, for its entry in feeds.yaml names no account or page, says why and not "never polled".
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

-- for the plugins of Datasette
CREATE VIEW announcements_atom AS
SELECT 'tag:' || source || ',' || id AS atom_id, COALESCE(title, substr(text, 1, 80)) AS atom_title,
       COALESCE(published_at, seen_at) AS atom_updated, url AS atom_link, text AS atom_content, vendor, number
  FROM announcements;

-- Planned work of unknown beginning lasts no days, from its announcement to its end: it is announced then.
CREATE VIEW maintenance_calendar AS
SELECT i.id AS event_uid, i.name AS event_name, COALESCE(i.impact_started_at, i.announced_at) AS event_dtstart,
       CASE WHEN i.impact_started_at IS NOT NULL THEN i.impact_ended_at END AS event_dtend, i.vendor
  FROM incidents i WHERE i.kind = 'maintenance' AND i.state NOT IN ('cancelled', 'withdrawn');
"""

# Words that are not searchable yet become so: a row at a time that costs six times as much.
INDEX_NEW = (
    "INSERT INTO announcements_fts (rowid, title, text) SELECT number, title, text FROM announcement_words "
    "WHERE number > COALESCE((SELECT MAX(id) FROM announcements_fts_docsize), 0)"
)

_STATEMENT = r"(?ms)^(CREATE (?:VIRTUAL )?[A-Z]+ (\w+).*?);\n(?! |END)"  # the lines of a trigger are indented


def statements() -> dict[str, str]:
    """Each statement as SQLite keeps it, by the name of what it makes, in their order."""
    twice = (("announcements", "number"), ("revisions", "announcement"))
    anew = (INDEXED_ANEW.format(table=table, number=number) for table, number in twice)
    found = re.findall(_STATEMENT, "".join((TABLES, SEARCH, *anew, VIEWS)))
    return {name: statement for statement, name in found}
