-- What was run under the id of an operation: the same id with anything else is a conflict. None: noted by a version that kept the ids alone.
ALTER TABLE operations ADD COLUMN digest ${bytes};
