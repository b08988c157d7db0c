import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { newEpisode, plannedRow, rows } from './fixtures';
import { temporaryFolder } from './folder';

const hasPython = spawnSync('python3', ['-c', 'import sqlite3']).status === 0;

describe('the Python snippet in docs/log.md', () => {
  it.skipIf(!hasPython)(
    'reads an episode in columns, over several chunks, while the log is open',
    async () => {
      const guide = readFileSync(fileURLToPath(new URL('../../docs/log.md', import.meta.url)), 'utf8');
      const snippet = /```python\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
      const folder = temporaryFolder();
      const log = await openLog(folder);
      const id = await log.beginEpisode(newEpisode());
      log.appendRows(id, rows(0, 1100), []);
      await log.episode(id); // commits, so the rest goes into a second chunk
      log.appendRows(id, [plannedRow(1100), plannedRow(1101)], []);
      await log.episode(id);

      const output = execFileSync('python3', ['-c', `${snippet}\nprint(json.dumps(columns))`], {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 1e8,
      });
      await log.close();
      const columns = JSON.parse(output.replaceAll('NaN', 'null')) as Record<string, (number | null)[]>;
      const steps = Array.from({ length: 1102 }, (_, step) => step);
      expect(Object.keys(columns)).toEqual([
        'host_seconds',
        'device_seconds',
        'reward',
        'lateness_seconds',
        'plan_ms',
        'missed',
        'angle',
        'speed',
        'torque',
        'requested_torque',
      ]);
      expect(columns.angle).toEqual(steps.map((step) => step + 0.1));
      expect(columns.speed).toEqual(steps.map((step) => step + 0.2));
      expect(columns.torque).toEqual(steps.map((step) => step + 0.3));
      expect(columns.requested_torque).toEqual(steps.map((step) => step + 0.4));
      expect(columns.plan_ms?.slice(1098)).toEqual([null, null, 3, 3]);
    },
  );
});
