-- Tables that are made from others and follow the commit sequences, and files that messages refer to.

-- Up to which number of a user's commit sequence a derived table holds what it should. None: it has to be made anew.
CREATE TABLE derived_positions (
  owner BIGINT NOT NULL,            -- the user's number
  name TEXT NOT NULL,               -- of the derived table
  seq BIGINT NOT NULL,
  rebuilt_to BIGINT                 -- while its rows are made anew: the key of the latest message that was
);
CREATE UNIQUE INDEX derived_positions_owner ON derived_positions (owner, name);

-- Who may read which blob. The bytes lie elsewhere, once for all owners: in files beside SQLite, in blob_chunks in PostgreSQL.
CREATE TABLE blobs (
  owner BIGINT NOT NULL,            -- the user's number
  hash ${bytes} NOT NULL,           -- SHA-256 of the bytes
  size BIGINT NOT NULL,
  media_type TEXT NOT NULL,
  stored_at BIGINT NOT NULL         -- when the owner stored it last: an upload of the same bytes counts again
);
CREATE UNIQUE INDEX blobs_owner ON blobs (owner, hash);
CREATE INDEX blobs_hash ON blobs (hash);
