-- What an unfinished answer has so far. Its row says '[]' until its end is written there; until then its content is the texts of its
-- parts in order, and what the last of them says in closing. A checkpoint writes one small row, however long the answer is.
CREATE TABLE answer_parts (
  message BIGINT NOT NULL,          -- messages.key
  part BIGINT NOT NULL,             -- 1, 2, 3 ...
  text TEXT NOT NULL,
  closing TEXT NOT NULL             -- makes JSON of it; of the last part
);
CREATE UNIQUE INDEX answer_parts_message ON answer_parts (message, part);
