-- Vendors of models that users entered, with their keys sealed.
CREATE TABLE vendors (
  owner BIGINT NOT NULL,            -- the user's number
  name TEXT NOT NULL,               -- before the slash of model ids
  label TEXT NOT NULL,
  protocol TEXT NOT NULL,
  address TEXT NOT NULL,
  deployments TEXT NOT NULL,        -- names with commas between them
  api_version TEXT NOT NULL,
  sealed_key ${bytes} NOT NULL,     -- opened by the server's secret, which is in no table; empty: none
  rev BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX vendors_owner ON vendors (owner, name);
