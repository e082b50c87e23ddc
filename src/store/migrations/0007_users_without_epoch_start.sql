-- When an epoch began stands in epoch_starts since 0002.
ALTER TABLE users DROP COLUMN epoch_start_seq;
