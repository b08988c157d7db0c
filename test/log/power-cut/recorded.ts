/** What recording-child.ts records: enough for SQLite to bring the -wal file into the database and begin it anew, twice. */
export const EPISODES = 3;
export const ROWS = 110;
