-- what a record of any schema may hold
INSERT INTO vendors VALUES ('ripple', 'Ripple', NULL);
INSERT INTO sources (id, vendor, platform, address, health, learnt) VALUES
    ('ripple/statuspage', 'ripple', 'statuspage', 'https://status.ripple.example', 'ok', '{"page": "abc"}'),
    ('ripple/x', 'ripple', 'x', '', 'stale', '{}');
INSERT INTO originals VALUES  -- zlib: “late”, “drop” and “out”
    ('ff', x'789ccb492c490500042401a7'), ('00', x'789c4b29ca2f0000043801b6'), ('1a', x'789ccb2f2d010002ae0159');
INSERT INTO announcements (number, source, id, vendor, title, text, seen_at, versions, original, published_at) VALUES
    (1, 'ripple/statuspage', 'a', 'ripple', 'Delays', 'Messages are late.', '2022-04-28T21:20:00Z', 3, 'ff',
     '2022-04-28T21:17:00Z'),
    (2, 'ripple/statuspage', 'b', 'ripple', NULL, 'Calls drop.', '2022-04-28T21:20:00Z', 1, '00', NULL),
    (5, 'ripple/x', 'c', 'ripple', NULL, 'We plan a change.', '2022-04-28T21:25:00Z', 1, NULL, NULL);
INSERT INTO announcement_aliases VALUES ('ripple/x', 'before-c', 5);
INSERT INTO revisions (announcement, number, seen_at, title, text, original) VALUES
    (1, 2, '2022-04-28T21:30:00Z', 'Delays', 'A certificate ran out.', '1a'),
    (1, 3, '2022-04-28T21:45:00Z', 'Over', 'They flow again.', NULL);
INSERT INTO absences VALUES ('ripple/x', 'c', 'left', '2022-04-28T21:25:00Z', '2022-04-28T21:30:00Z');
INSERT INTO corrections (action, source, id) VALUES ('ignore', 'ripple/x', 'c');
INSERT INTO requests (source, purpose, url, polled_at, entries) VALUES
    ('ripple/x', 'account', 'https://x.example', '2022-04-28T21:25:00Z', '{"d1": ["c"]}');
INSERT INTO polls (source, purpose, polled_at, status) VALUES ('ripple/x', 'account', '2022-04-28T21:25:00Z', 200);
INSERT INTO coverage VALUES ('ripple/x', '2022-04-28', '2022-04-28T21:20:00Z', '2022-04-28T21:25:00Z', 2, 0);
INSERT INTO hosts VALUES ('x.example', '2022-04-28T22:00:00Z');
INSERT INTO reads VALUES ('ripple/x', '2022-04', 7);
INSERT INTO verdicts (announcement, revision, phase, confidence, because) VALUES
    (1, 1, 'outage-start', 0.9, 'says “the vendor”'),
    (1, 3, 'resolved', 1, 'the vendor''s state is “resolved”'),
    (5, 1, 'maintenance', 1, 'the vendor files it under planned maintenance');
INSERT INTO incidents (id, vendor, kind, name, state) VALUES
    ('ripple-1', 'ripple', 'incident', 'Delays', 'resolved'), ('ripple-2', 'ripple', 'maintenance', 'A change', 'planned');
INSERT INTO incident_updates (announcement, revision, vendor, at, root, joined_by, incident, position, phase, at_basis)
    VALUES
    (1, 1, 'ripple', '2022-04-28T21:17:00Z', 1, 'began', 'ripple-1', 1, 'outage-start', 'the vendor''s time'),
    (1, 3, 'ripple', '2022-04-28T21:45:00Z', 1, 'edit', 'ripple-1', 2, 'resolved', 'when we saw the edit'),
    (5, 1, 'ripple', '2022-04-28T21:25:00Z', 5, 'began', NULL, NULL, NULL, NULL);
INSERT INTO marks VALUES ('ripple', 'key a', 1, '2022-04-28T21:17:00Z');
INSERT INTO incident_aliases VALUES ('ripple-0', 'ripple-1');
INSERT INTO rules VALUES ('ripple', '17');
