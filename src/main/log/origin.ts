import type { Database } from 'better-sqlite3';
import type { EpisodeOrigin } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';

interface OriginRow {
  software: string | null;
  seed: number | null;
  rig_file: string;
  run: number | null;
  started_at: number | null;
  settings: string | null;
  model: string | null;
  model_name: string | null;
  policy: string | null;
  policy_name: string | null;
}

/** What is known of where an episode comes from. @throws ForesightError not-found */
export function originOf(database: Database, id: number): EpisodeOrigin {
  const row = database
    .prepare<[number], OriginRow>(
      `SELECT e.software, e.seed, r.file AS rig_file, e.run, n.started_at, n.settings,
              n.model, m.name AS model_name, n.policy, p.name AS policy_name
       FROM episodes e JOIN rigs r ON r.id = e.rig LEFT JOIN runs n ON n.id = e.run
       LEFT JOIN models m ON m.hash = n.model LEFT JOIN policies p ON p.hash = n.policy
       WHERE e.id = ? AND e.state <> 'importing'`,
    )
    .get(id);
  if (row === undefined) {
    throw new ForesightError(
      'not-found',
      `There is no episode ${id} in this workspace.`,
      'List the episodes to see which there are.',
    );
  }
  const rigFile: unknown = JSON.parse(row.rig_file);
  const settings: unknown = row.settings === null ? null : JSON.parse(row.settings);
  return {
    software: row.software,
    seed: row.seed,
    rigFile,
    // A run may have had another task than its rig's own.
    task: partOf(settings, 'task') ?? partOf(rigFile, 'task') ?? null,
    run:
      row.run === null
        ? null
        : {
            id: row.run,
            startedAt: row.started_at ?? 0,
            settings,
            model: row.model === null ? null : { hash: row.model, name: row.model_name },
            policy: row.policy === null ? null : { hash: row.policy, name: row.policy_name },
          },
  };
}

function partOf(document: unknown, name: string): unknown {
  return typeof document === 'object' && document !== null
    ? (document as Record<string, unknown>)[name]
    : undefined;
}
