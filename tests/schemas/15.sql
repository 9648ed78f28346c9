ALTER TABLE rules ADD COLUMN unjoined_since TEXT;
