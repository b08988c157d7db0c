import { describe, expect, it } from 'vitest';
import { TrainingReport, type TrainingState } from '../../src/main/policy/lab';
import type { Actor } from '../../src/main/policy/representation/types';
import type { Lab, World } from '../../src/main/policy/types';
import type { PolicyProgress } from '../../src/shared/policy';

type Now = Parameters<Lab['report']>[0];

/** At a step, where episodes of these returns have ended since the last word. */
const now = (steps: number, returns: number[] = []): Now => ({
  ...{ steps, updates: 2 * steps },
  ended: returns.map((value) => ({ return: value, steps: 10, terminated: false })),
  actor: () => {
    throw new Error('nobody evaluates here');
  },
  point: () => ({ value: steps / 10 }),
  snapshot: () => ({ arrays: {}, counters: { steps }, random: {}, parts: {} }),
});

const reporting = (more: Partial<ConstructorParameters<typeof TrainingReport>[0]> = {}) => ({
  ...{ steps: 400, world: null, signal: new AbortController().signal, onProgress: () => undefined },
  ...more,
});

describe('the report of a training', () => {
  it('has a point every hundredth of the steps, with the mean return of the episodes since', async () => {
    const report = new TrainingReport(reporting());
    for (const [steps, ...returns] of [[3, 1], [4, 3], [7], [9, 5, 7]] as const) {
      await report.report(now(steps, [...returns]));
    }
    expect(report.curve.map(({ steps, value, return: mean }) => [steps, value, mean])).toEqual([
      [4, 0.4, 2],
      [9, 0.9, 6],
    ]);
  });

  it('of one that goes on has the points from before, and the next where it would have been', async () => {
    const kept: TrainingState[] = [];
    const first = new TrainingReport(
      reporting({ checkpoint: { due: () => true, take: (state) => kept.push(state) } }),
    );
    first.notes.push('A remark.');
    await first.report(now(4, [3]));
    await first.report(now(6, [4]));
    const resumed = structuredClone(kept[1] as TrainingState);
    expect(resumed.snapshot.counters).toEqual({ steps: 6 });

    const said: PolicyProgress[] = [];
    const second = new TrainingReport(reporting({ resumed, onProgress: (progress) => said.push(progress) }));
    await second.report(now(7));
    await second.report(now(8, [6]));
    expect(second.notes).toEqual(['A remark.']);
    expect(second.seconds).toBeGreaterThanOrEqual(resumed.seconds);
    expect(second.curve.map(({ steps, return: mean }) => [steps, mean])).toEqual([
      [4, 3],
      [8, 5],
    ]);
    expect(said[0]?.points.map(({ steps }) => steps)).toEqual([4]);
  });

  it('evaluates what came of the training, unless that was evaluated already', async () => {
    let evaluations = 0;
    const world = {
      kind: 'simulation',
      evaluate: async () => [{ return: ++evaluations, steps: 10, terminated: false }],
    } as unknown as World;
    const evaluate = { everySteps: 10, episodes: 1, seed: 1 };
    const actor = { shape: {}, arrays: new Map() } as unknown as Actor;
    const report = new TrainingReport(reporting({ world, evaluate }));
    await report.report({ ...now(10), actor: () => actor });
    await report.finish({ actor, value: null, steps: 10, updates: 20 });
    expect(evaluations).toBe(1);
    await report.report(now(11));
    await report.finish({ actor, value: null, steps: 11, updates: 22 });
    expect(report.curve.at(-1)).toMatchObject({ steps: 11, updates: 22, evaluated: 2 });
  });

  it('ends a training that is cancelled', async () => {
    const cancel = new AbortController();
    const report = new TrainingReport(reporting({ signal: cancel.signal }));
    cancel.abort();
    await expect(report.report(now(1))).rejects.toMatchObject({ code: 'cancelled' });
  });
});
