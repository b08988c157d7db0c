/**
 * What lists of episodes need to be quick among hundreds of thousands. Everything here is derived: tables `search_…` are kept by
 * triggers, so that no writer can forget them, and are made anew by whoever writes a log anew.
 *
 * Indices leave out what is being recorded, whose counts change with every commit, and what an import has not shown yet.
 */
const SETTLED = "state NOT IN ('recording', 'importing')";

const WORDS = `
  SELECT e.id AS id,
    coalesce(r.name, '') || char(10) || e.source || char(10) || e.state || char(10) || e.reason
    || char(10) || coalesce((SELECT group_concat(value, char(10))
         FROM json_each(CASE WHEN json_valid(e.tags) THEN e.tags ELSE '[]' END)), '')
    || char(10) || coalesce((SELECT group_concat(message, char(10)) FROM events v
         WHERE v.episode = e.id AND v.kind = 'note' AND v.deleted_at IS NULL), '') AS words
  FROM episodes e LEFT JOIN rigs r ON r.id = e.rig WHERE e.state <> 'importing'`;

const TAGS = (of: string) => `
  INSERT OR IGNORE INTO search_tags (tag, episode)
  SELECT t.value, e.id FROM episodes e, json_each(CASE WHEN json_valid(e.tags) THEN e.tags ELSE '[]' END) t
  WHERE t.type = 'text'${of};`;

const again = (id: string) =>
  `INSERT OR REPLACE INTO search_words (rowid, words) SELECT id, words FROM search_texts WHERE id = ${id};`;

export const LIST_SCHEMA = `
  CREATE INDEX episodes_there ON episodes (deleted_at) WHERE ${SETTLED};
  CREATE INDEX episodes_by_rig ON episodes (rig, deleted_at, state, max(0, rows - 1)) WHERE ${SETTLED};
  CREATE INDEX episodes_by_start ON episodes (deleted_at, started_at) WHERE ${SETTLED};
  CREATE INDEX episodes_by_duration ON episodes (deleted_at, duration_seconds) WHERE ${SETTLED};
  CREATE INDEX episodes_by_steps ON episodes (deleted_at, max(0, rows - 1)) WHERE ${SETTLED};
  CREATE INDEX episodes_by_return ON episodes (deleted_at, return) WHERE ${SETTLED};
  CREATE INDEX episodes_judged ON episodes (outcome) WHERE outcome IS NOT NULL;
  CREATE INDEX episodes_starred ON episodes (starred) WHERE starred = 1;
  CREATE INDEX rigs_by_name ON rigs (name);

  CREATE TABLE search_tags (
    tag     TEXT NOT NULL,
    episode INTEGER NOT NULL,
    PRIMARY KEY (tag, episode)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX search_tags_by_episode ON search_tags (episode);
  CREATE VIEW search_texts AS ${WORDS};
  CREATE VIRTUAL TABLE search_words USING fts5(words, content='', contentless_delete=1, tokenize='trigram');

  ${TAGS('')}
  INSERT INTO search_words (rowid, words) SELECT id, words FROM search_texts;

  CREATE TRIGGER search_added AFTER INSERT ON episodes BEGIN
    ${TAGS(' AND e.id = new.id')}
    ${again('new.id')}
  END;
  CREATE TRIGGER search_changed AFTER UPDATE OF rig, source, state, reason, tags ON episodes
  WHEN old.rig IS NOT new.rig OR old.source IS NOT new.source OR old.state IS NOT new.state
    OR old.reason IS NOT new.reason OR old.tags IS NOT new.tags BEGIN
    ${again('new.id')}
  END;
  CREATE TRIGGER search_tagged AFTER UPDATE OF tags ON episodes WHEN old.tags IS NOT new.tags BEGIN
    DELETE FROM search_tags WHERE episode = new.id;
    ${TAGS(' AND e.id = new.id')}
  END;
  CREATE TRIGGER search_gone AFTER DELETE ON episodes BEGIN
    DELETE FROM search_tags WHERE episode = old.id;
    DELETE FROM search_words WHERE rowid = old.id;
  END;
  CREATE TRIGGER search_noted AFTER INSERT ON events WHEN new.kind = 'note' BEGIN
    ${again('new.episode')}
  END;
  CREATE TRIGGER search_note_changed AFTER UPDATE OF deleted_at, episode, message ON events WHEN new.kind = 'note' BEGIN
    ${again('old.episode')}
    ${again('new.episode')}
  END;
  CREATE TRIGGER search_note_gone AFTER DELETE ON events WHEN old.kind = 'note' BEGIN
    ${again('old.episode')}
  END;
`;
