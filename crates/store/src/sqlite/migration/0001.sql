-- One row, `changes`: how often runs or approvals changed.
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('changes', 0);

-- Large values, named by their SHA-256. `length` is the plain one, `stored` that of `data`.
CREATE TABLE content (
    hash       BLOB PRIMARY KEY,
    length     INTEGER NOT NULL,
    compressed INTEGER NOT NULL,
    stored     INTEGER NOT NULL,
    data       BLOB NOT NULL
);

-- `owner`: the open store that has the run in hand. `bytes`: what its rows take, told when it rests.
CREATE TABLE run (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    principal       TEXT NOT NULL,
    state           TEXT NOT NULL,
    owner           TEXT,
    cancel          INTEGER NOT NULL DEFAULT 0,
    language        TEXT NOT NULL,
    started_unix_ms INTEGER NOT NULL,
    changed_unix_ms INTEGER NOT NULL,
    opened          BLOB NOT NULL,
    source          BLOB,
    source_hash     BLOB,
    bindings        BLOB,
    bindings_hash   BLOB,
    fault           TEXT,
    report          BLOB,
    report_hash     BLOB,
    result          BLOB,
    result_hash     BLOB,
    bytes           INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX run_of_principal ON run (principal, number);
CREATE INDEX run_in_hand ON run (owner) WHERE owner IS NOT NULL;
CREATE INDEX run_ended ON run (changed_unix_ms) WHERE state IN ('completed', 'failed', 'cancelled');

-- `place`: the run's number times 2^32, plus the record's position.
CREATE TABLE record (
    place      INTEGER PRIMARY KEY,
    kind       INTEGER NOT NULL,
    head       BLOB NOT NULL,
    value      BLOB,
    value_hash BLOB
);

CREATE TABLE approval (
    id               TEXT PRIMARY KEY,
    run              INTEGER NOT NULL,
    principal        TEXT NOT NULL,
    state            TEXT NOT NULL,
    asked_unix_ms    INTEGER NOT NULL,
    expires_unix_ms  INTEGER NOT NULL,
    head             BLOB NOT NULL,
    arguments        BLOB,
    arguments_hash   BLOB,
    decision         BLOB,
    done             BLOB,
    done_hash        BLOB,
    decided_by       BLOB,
    decided_unix_ms  INTEGER
);
CREATE INDEX approval_of_run ON approval (run);
CREATE INDEX approval_waiting ON approval (asked_unix_ms) WHERE state = 'waiting';
CREATE INDEX approval_decided ON approval (run) WHERE state = 'decided';

CREATE TABLE policy (
    upstream BLOB NOT NULL,
    tool     BLOB NOT NULL,
    rule     TEXT NOT NULL,
    PRIMARY KEY (upstream, tool)
) WITHOUT ROWID;

CREATE TABLE handle (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    principal  TEXT NOT NULL,
    mime       BLOB,
    length     INTEGER NOT NULL,
    value      BLOB,
    value_hash BLOB
);
CREATE INDEX handle_of_principal ON handle (principal, number);

CREATE TABLE state (
    principal       TEXT NOT NULL,
    name            BLOB NOT NULL,
    length          INTEGER NOT NULL,
    expires_unix_ms INTEGER NOT NULL,
    value           BLOB,
    value_hash      BLOB,
    PRIMARY KEY (principal, name)
);

CREATE TABLE snippet (
    principal     TEXT NOT NULL,
    name          BLOB NOT NULL,
    version       INTEGER NOT NULL,
    language      TEXT NOT NULL,
    head          BLOB NOT NULL,
    saved_unix_ms INTEGER NOT NULL,
    source        BLOB,
    source_hash   BLOB,
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
