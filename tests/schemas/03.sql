DROP TRIGGER announcements_reworded;
DROP TABLE announcements_fts;
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
INSERT INTO announcements_fts (announcements_fts) VALUES ('rebuild');

-- a new version; an announcement of the same transaction is not indexed yet, and will be with all its versions
CREATE TRIGGER announcements_revised BEFORE INSERT ON revisions
  WHEN EXISTS (SELECT 1 FROM announcements_fts_docsize WHERE id = new.announcement) BEGIN
    INSERT INTO announcements_fts (announcements_fts, rowid, title, text)
    SELECT 'delete', number, title, text FROM announcement_words WHERE number = new.announcement;
    INSERT INTO announcements_fts (rowid, title, text)
    SELECT number, COALESCE(title, '') || char(10) || COALESCE(new.title, ''), text || char(10) || new.text
      FROM announcement_words WHERE number = new.announcement;
END;

CREATE TRIGGER announcements_before BEFORE UPDATE OF title, text ON announcements
  WHEN EXISTS (SELECT 1 FROM announcements_fts_docsize WHERE id = old.number) BEGIN
    INSERT INTO announcements_fts (announcements_fts, rowid, title, text)
    SELECT 'delete', number, title, text FROM announcement_words WHERE number = old.number;
    INSERT INTO announcements_fts (rowid) VALUES (old.number);
END;
CREATE TRIGGER announcements_after AFTER UPDATE OF title, text ON announcements
  WHEN EXISTS (SELECT 1 FROM announcements_fts_docsize WHERE id = new.number) BEGIN
    INSERT INTO announcements_fts (announcements_fts, rowid) VALUES ('delete', new.number);
    INSERT INTO announcements_fts (rowid, title, text)
    SELECT number, title, text FROM announcement_words WHERE number = new.number;
END;

CREATE TRIGGER revisions_before BEFORE UPDATE OF title, text ON revisions
  WHEN EXISTS (SELECT 1 FROM announcements_fts_docsize WHERE id = old.announcement) BEGIN
    INSERT INTO announcements_fts (announcements_fts, rowid, title, text)
    SELECT 'delete', number, title, text FROM announcement_words WHERE number = old.announcement;
    INSERT INTO announcements_fts (rowid) VALUES (old.announcement);
END;
CREATE TRIGGER revisions_after AFTER UPDATE OF title, text ON revisions
  WHEN EXISTS (SELECT 1 FROM announcements_fts_docsize WHERE id = new.announcement) BEGIN
    INSERT INTO announcements_fts (announcements_fts, rowid) VALUES ('delete', new.announcement);
    INSERT INTO announcements_fts (rowid, title, text)
    SELECT number, title, text FROM announcement_words WHERE number = new.announcement;
END;
