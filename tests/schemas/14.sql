ALTER TABLE requests ADD COLUMN read_from TEXT;
