import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { WorkspaceSize } from '../../../shared/workspace';
import { failureCode } from '../failures';
import { workspacePaths } from '../workspace';

/**
 * Bytes of what was recorded, an episode each; SQLite's own share and digests are not in them. An episode that shows rows of
 * recordings has its share of theirs.
 */
export function episodeBytes(database: Database): Map<number, number> {
  const bytes = storedBytes(database);
  const parts = database
    .prepare<[], { episode: number; source: number; share: number }>(
      `SELECT p.episode, p.source, (p.to_row - p.from_row) * 1.0 / max(1, s.rows) AS share
       FROM parts p JOIN episodes s ON s.id = p.source`,
    )
    .all();
  const stored = new Map(bytes);
  for (const { episode, source, share } of parts) {
    const shown = Math.round(share * (stored.get(source) ?? 0));
    bytes.set(episode, (bytes.get(episode) ?? 0) + shown);
  }
  return bytes;
}

function storedBytes(database: Database): Map<number, number> {
  const rows = database
    .prepare<[], { episode: number; bytes: number }>(
      `SELECT episode, sum(bytes) AS bytes FROM (
         SELECT episode, length(data) + coalesce(length(predictions), 0) + coalesce(length(insight), 0) AS bytes
         FROM chunks
         UNION ALL SELECT episode, length(data) FROM frames
       ) GROUP BY episode`,
    )
    .all();
  return new Map(rows.map(({ episode, bytes }) => [episode, bytes]));
}

/** What a workspace takes on its disk. */
export function workspaceSize(database: Database, folder: string): WorkspaceSize {
  const paths = workspacePaths(folder);
  const bytes = episodeBytes(database);
  // What a compaction would give back: not the rows of a recording that another episode shows.
  const deleted = database
    .prepare<[], number>(
      `SELECT id FROM episodes e WHERE deleted_at IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM parts p JOIN episodes o ON o.id = p.episode WHERE p.source = e.id AND o.deleted_at IS NULL)`,
    )
    .pluck()
    .all();
  const page = Number(database.pragma('page_size', { simple: true }));
  const log = ['', '-wal', '-shm'].reduce((sum, end) => sum + fileBytes(`${paths.database}${end}`), 0);
  const folders = {
    models: paths.models,
    policies: paths.policies,
    checkpoints: paths.checkpoints,
    exports: paths.exports,
  };
  const sizes = Object.fromEntries(
    Object.entries(folders).map(([name, path]) => [name, folderBytes(path)]),
  ) as Record<keyof typeof folders, number>;
  const total = folderBytes(folder);
  const known = log + sizes.models + sizes.policies + sizes.checkpoints + sizes.exports;
  return {
    totalBytes: total,
    logBytes: log,
    episodes: bytes.size,
    deletedEpisodes: deleted.length,
    deletedBytes: deleted.reduce((sum, id) => sum + (bytes.get(id) ?? 0), 0),
    unusedBytes: page * Number(database.pragma('freelist_count', { simple: true })),
    modelBytes: sizes.models + sizes.policies + sizes.checkpoints,
    exportBytes: sizes.exports,
    otherBytes: Math.max(0, total - known),
    diskFreeBytes: freeBytes(folder),
  };
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Of all plain files in it and below; what goes meanwhile counts nothing. */
function folderBytes(folder: string): number {
  let bytes = 0;
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += folderBytes(path);
    else if (entry.isFile()) bytes += fileBytes(path);
  }
  return bytes;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (thrown) {
    if (failureCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

const fileBytes = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
