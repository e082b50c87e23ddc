-- Several server processes may use one database: which one writes an answer, and whether it is still there.
CREATE TABLE processes (
  id ${bytes} NOT NULL,
  lease_until BIGINT NOT NULL       -- Unix ms; behind it the process is taken to be gone
);
CREATE UNIQUE INDEX processes_id ON processes (id);

-- Of an answer: the process that began it. None where one process has the database to itself.
ALTER TABLE messages ADD COLUMN owner ${bytes};
