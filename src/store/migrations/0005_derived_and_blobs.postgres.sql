-- The bytes of blobs in pieces of 256 KiB: none of them is larger than a statement should carry.
CREATE TABLE blob_chunks (
  hash BYTEA NOT NULL,              -- SHA-256 of all pieces
  number BIGINT NOT NULL,           -- 0, 1, 2 ...
  bytes BYTEA NOT NULL
);
-- Images and archives do not get smaller, and a piece is read without being unpacked.
ALTER TABLE blob_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX blob_chunks_hash ON blob_chunks (hash, number);
