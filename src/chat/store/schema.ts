/** `base` in ASCII: marks the file as ours, in SQLite's own field for it. */
export const APPLICATION_ID = 0x62617365;

/**
 * How the file came to be as it is: each step is run once, in order, and is never changed after a release. The number
 * of steps is the version that the file records (`user_version`).
 *
 * Position 0 of a conversation is its system message, if it has one; its turns count from 1. `more` holds what a message
 * has beside role and content, as JSON.
 */
export const STEPS: readonly string[] = [
  `
  CREATE TABLE conversation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    branched_from TEXT,
    branched_at INTEGER,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE turn (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0),
    role TEXT NOT NULL,
    content TEXT NOT NULL,
    more TEXT,
    model TEXT,
    finish_reason TEXT,
    written INTEGER NOT NULL,
    UNIQUE (conversation, position)
  ) STRICT;

  CREATE TABLE summary (
    conversation INTEGER PRIMARY KEY REFERENCES conversation (id) ON DELETE CASCADE,
    up_to INTEGER NOT NULL,
    content TEXT NOT NULL
  ) STRICT;

  CREATE TABLE memory (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content TEXT NOT NULL UNIQUE,
    why TEXT NOT NULL,
    conversation TEXT,
    created INTEGER NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE VIRTUAL TABLE turn_text USING fts5 (content, content='turn', content_rowid='id', tokenize='trigram');
  INSERT INTO turn_text (turn_text, rank) VALUES ('secure-delete', 1);

  CREATE TRIGGER turn_added AFTER INSERT ON turn BEGIN
    INSERT INTO turn_text (rowid, content) VALUES (new.id, new.content);
  END;
  CREATE TRIGGER turn_removed AFTER DELETE ON turn BEGIN
    INSERT INTO turn_text (turn_text, rowid, content) VALUES ('delete', old.id, old.content);
  END;
  CREATE TRIGGER turn_changed AFTER UPDATE OF content ON turn BEGIN
    INSERT INTO turn_text (turn_text, rowid, content) VALUES ('delete', old.id, old.content);
    INSERT INTO turn_text (rowid, content) VALUES (new.id, new.content);
  END;
  `,
  // What finds memories by meaning: the vector of each, as 32-bit floats, and the model that it is of.
  `
  CREATE TABLE memory_vector (
    memory INTEGER PRIMARY KEY REFERENCES memory (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    vector BLOB NOT NULL
  ) STRICT;
  `,
];
