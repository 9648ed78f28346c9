ALTER TABLE verdicts ADD COLUMN is_declared INTEGER NOT NULL DEFAULT 0;
UPDATE verdicts SET is_declared = 1 WHERE because LIKE 'the vendor%';
