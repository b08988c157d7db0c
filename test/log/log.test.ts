import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { newEpisode, plannedRow, row, rows } from './fixtures';
import { temporaryFolder } from './folder';

describe('a workspace', () => {
  it('gives back every number of an episode, also after it was closed and opened again', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    const id = await log.beginEpisode(newEpisode());
    log.appendRows(id, rows(0, 3), [{ step: 1, kind: 'guard-clip', message: 'torque clipped to 2 N m' }]);
    log.appendRows(id, [plannedRow(3)], []);
    log.appendRows(id, [row(4, { action: [Number.NaN], requested: [Number.NaN], missed: 1 })], []);
    const summary = await log.endEpisode(id, {
      state: 'complete',
      terminated: true,
      reason: 'The pole fell.',
    });
    await log.close();

    const again = await openLog(folder);
    expect(await again.episodes()).toEqual([summary]);
    expect(summary).toMatchObject({
      rig: 'bench',
      state: 'complete',
      steps: 4,
      return: 4,
      terminated: true,
      reason: 'The pole fell.',
      missedPlans: 1,
      guardInterventions: 1,
    });
    expect(summary.durationSeconds).toBeCloseTo(0.08, 9);
    const columns = await again.columns(id, { predictions: true });
    expect(columns.rows).toBe(5);
    expect([...columns.observations]).toEqual([0.1, 0.2, 1.1, 1.2, 2.1, 2.2, 3.1, 3.2, 4.1, 4.2]);
    expect([...columns.actions]).toEqual([0.3, 1.3, 2.3, 3.3, Number.NaN]);
    expect([...columns.requested]).toEqual([0.4, 1.4, 2.4, 3.4, Number.NaN]);
    expect([...columns.reward]).toEqual([0, 1, 1, 1, 1]);
    expect(columns.predictions.map((p) => p?.firstStep)).toEqual([
      undefined,
      undefined,
      undefined,
      4,
      undefined,
    ]);
    expect(columns.predictions[3]?.std).toEqual(plannedRow(3).prediction?.std);
    expect(await again.events(id)).toEqual([
      { step: 1, kind: 'guard-clip', message: 'torque clipped to 2 N m' },
    ]);
    await again.close();
  });
});
