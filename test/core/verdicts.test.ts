import { expect, it } from 'vitest';
import type { TrainInput } from '../../src/shared/contract';
import { EvaluateOptions, type ModelSummary } from '../../src/shared/model';
import { EnsembleOptions, TrainOptions } from '../../src/shared/model-options';
import { RANDOM_MOTION, withTestCore } from './workspace';

const MOTION = { ...RANDOM_MOTION, useTermination: false, holdSteps: 4, maxSteps: 60 };
const QUICK = TrainOptions.parse({
  class: EnsembleOptions.parse({ name: 'ensemble', members: 2, elites: 2, hiddenUnits: 8 }),
  epochs: 2,
});
const asked = (model: string, episodes?: number[]) => ({
  ...EvaluateOptions.parse({ horizons: [1, 5] }),
  ...{ model, last: 0, ...(episodes && { episodes }) },
});

it('a model is judged on what it did not learn from, and no other verdict takes the place of that one', () =>
  withTestCore(async (core) => {
    const { models } = core;
    await core.rig.connect({ rig: 'pendulum-noisy', mode: 'lockstep', seed: 0 });
    await core.activity.record({ ...MOTION, episodes: 3 });
    const train = async (input: Partial<TrainInput>): Promise<ModelSummary> =>
      (await models.trainings.train({ name: 'm', options: QUICK, ...input })).done;
    const now = async (hash: string) => (await models.list()).find((model) => model.hash === hash);

    // Kept out by itself, and episodes in the order in which they were recorded, whatever the order of their names.
    const model = await train({ episodes: [3, 1, 2] });
    expect(model.episodes).toEqual([1, 2, 3]);
    expect(model.transitions).toBe(3 * 48);
    expect(model.evaluation?.judgedOn).toEqual({ kind: 'unseen', episodes: 3, steps: 36, irregular: 0 });
    expect(model.recalibration).toHaveLength(2);

    // On what it learned from: shown, and not kept.
    const learned = await models.evaluate(asked(model.hash, [1, 2]));
    expect(learned.judgedOn).toMatchObject({ kind: 'learned', episodes: 2, steps: 120 });
    expect((await now(model.hash))?.evaluation).toEqual(model.evaluation);

    // On one new episode alone: honest, and less than there is.
    await core.activity.record({ ...MOTION, seed: 9 });
    expect((await models.evaluate(asked(model.hash, [4]))).judgedOn).toMatchObject({
      kind: 'unseen',
      steps: 60,
    });
    expect((await now(model.hash))?.evaluation).toEqual(model.evaluation);

    // On all that is new to it.
    const all = await models.evaluate(asked(model.hash));
    expect(all.judgedOn).toEqual({ kind: 'unseen', episodes: 4, steps: 96, irregular: 0 });
    expect((await now(model.hash))?.evaluation).toEqual(all);

    // A training that keeps nothing out is not tested, until it is judged on an episode that came later.
    const greedy = await train({ episodes: [1, 2, 3], last: 0 });
    expect(greedy.transitions).toBe(180);
    expect(greedy).toMatchObject({ recalibration: null, evaluation: { judgedOn: { kind: 'learned' } } });
    const judged = await models.judge(greedy.hash, [4], [1, 5]);
    expect(judged.judgedOn).toMatchObject({ kind: 'unseen', steps: 60 });
    expect((await now(greedy.hash))?.evaluation).toEqual(judged);

    // The same training once more is the same model: it is as tested as it was.
    const again = await train({ episodes: [1, 2, 3], last: 0 });
    expect(again.hash).toBe(greedy.hash);
    expect((await now(greedy.hash))?.evaluation).toEqual(judged);

    // A model that goes on from another is not judged on what that one learned from.
    const next = await train({ from: greedy.hash, episodes: [1, 2, 3, 4] });
    expect(next.evaluation?.judgedOn).toMatchObject({ kind: 'unseen', episodes: 1, steps: 12 });
  }));
