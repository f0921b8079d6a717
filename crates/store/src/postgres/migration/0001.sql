-- The tables of sqlite/migration/0001.sql, in PostgreSQL's words.

CREATE TABLE meta (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO meta (name, value) VALUES ('changes', 0);

-- Large values, named by their SHA-256. `length` is the plain one, `stored` that of `data`.
CREATE TABLE content (
    hash       BYTEA PRIMARY KEY,
    length     BIGINT NOT NULL,
    compressed BIGINT NOT NULL,
    stored     BIGINT NOT NULL,
    data       BYTEA NOT NULL
);

-- `owner`: the open store that has the run in hand. `bytes`: what its rows take, told when it rests.
CREATE TABLE run (
    number          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    principal       TEXT NOT NULL,
    state           TEXT NOT NULL,
    owner           TEXT,
    cancel          BIGINT NOT NULL DEFAULT 0,
    language        TEXT NOT NULL,
    started_unix_ms BIGINT NOT NULL,
    changed_unix_ms BIGINT NOT NULL,
    opened          BYTEA NOT NULL,
    source          BYTEA,
    source_hash     BYTEA,
    bindings        BYTEA,
    bindings_hash   BYTEA,
    fault           TEXT,
    report          BYTEA,
    report_hash     BYTEA,
    result          BYTEA,
    result_hash     BYTEA,
    bytes           BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX run_of_principal ON run (principal, number);
CREATE INDEX run_in_hand ON run (owner) WHERE owner IS NOT NULL;
CREATE INDEX run_ended ON run (changed_unix_ms) WHERE state IN ('completed', 'failed', 'cancelled');

-- `place`: the run's number times 2^32, plus the record's position.
CREATE TABLE record (
    place      BIGINT PRIMARY KEY,
    kind       BIGINT NOT NULL,
    head       BYTEA NOT NULL,
    value      BYTEA,
    value_hash BYTEA
);

CREATE TABLE approval (
    id               TEXT PRIMARY KEY,
    run              BIGINT NOT NULL,
    principal        TEXT NOT NULL,
    state            TEXT NOT NULL,
    asked_unix_ms    BIGINT NOT NULL,
    expires_unix_ms  BIGINT NOT NULL,
    head             BYTEA NOT NULL,
    arguments        BYTEA,
    arguments_hash   BYTEA,
    decision         BYTEA,
    done             BYTEA,
    done_hash        BYTEA,
    decided_by       BYTEA,
    decided_unix_ms  BIGINT
);
CREATE INDEX approval_of_run ON approval (run);
CREATE INDEX approval_waiting ON approval (asked_unix_ms) WHERE state = 'waiting';
CREATE INDEX approval_decided ON approval (run) WHERE state = 'decided';

CREATE TABLE policy (
    upstream BYTEA NOT NULL,
    tool     BYTEA NOT NULL,
    rule     TEXT NOT NULL,
    PRIMARY KEY (upstream, tool)
);

CREATE TABLE handle (
    number     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    principal  TEXT NOT NULL,
    mime       BYTEA,
    length     BIGINT NOT NULL,
    value      BYTEA,
    value_hash BYTEA
);
CREATE INDEX handle_of_principal ON handle (principal, number);

CREATE TABLE state (
    principal       TEXT NOT NULL,
    name            BYTEA NOT NULL,
    length          BIGINT NOT NULL,
    expires_unix_ms BIGINT NOT NULL,
    value           BYTEA,
    value_hash      BYTEA,
    PRIMARY KEY (principal, name)
);

CREATE TABLE snippet (
    principal     TEXT NOT NULL,
    name          BYTEA NOT NULL,
    version       BIGINT NOT NULL,
    language      TEXT NOT NULL,
    head          BYTEA NOT NULL,
    saved_unix_ms BIGINT NOT NULL,
    source        BYTEA,
    source_hash   BYTEA,
    PRIMARY KEY (principal, name)
);

-- What still refers to a large value.
CREATE INDEX record_value ON record (value_hash) WHERE value_hash IS NOT NULL;
CREATE INDEX run_source ON run (source_hash) WHERE source_hash IS NOT NULL;
CREATE INDEX run_bindings ON run (bindings_hash) WHERE bindings_hash IS NOT NULL;
CREATE INDEX run_report ON run (report_hash) WHERE report_hash IS NOT NULL;
CREATE INDEX run_result ON run (result_hash) WHERE result_hash IS NOT NULL;
CREATE INDEX approval_arguments ON approval (arguments_hash) WHERE arguments_hash IS NOT NULL;
CREATE INDEX approval_done ON approval (done_hash) WHERE done_hash IS NOT NULL;
CREATE INDEX handle_value ON handle (value_hash) WHERE value_hash IS NOT NULL;
CREATE INDEX state_value ON state (value_hash) WHERE value_hash IS NOT NULL;
CREATE INDEX snippet_source ON snippet (source_hash) WHERE source_hash IS NOT NULL;
