CREATE TABLE originals_as_they_came (
    digest TEXT NOT NULL UNIQUE,
    body BLOB NOT NULL            -- a document of the platform, zlib
);
INSERT INTO originals_as_they_came SELECT digest, body FROM originals;
DROP TABLE originals;
ALTER TABLE originals_as_they_came RENAME TO originals;
