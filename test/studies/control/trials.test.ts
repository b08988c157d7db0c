import { describe, expect, it } from 'vitest';
import { runStudy, type StudyResult } from '../../../src/main/studies/control/trials';
import type { ModelSummary } from '../../../src/shared/model';
import { StudyFile } from '../../../src/shared/study';
import { BALANCE, withTestCore } from '../../core/workspace';

const SMALL_PLAN = { method: 'mppi', candidates: 8, iterations: 1, horizon: 5 };

/** Two short trials on the balancing cart-pole. */
function study(more: Record<string, unknown>): Promise<{ result: StudyResult; models: ModelSummary[] }> {
  return withTestCore(async (core) => {
    await core.rig.connect(BALANCE);
    const file = StudyFile.parse({
      ...{ schema: 'foresight.experiment/1', name: 'short', trials: 2, stopWhenSolved: false },
      model: { epochs: 3, class: { name: 'ensemble', members: 2, elites: 2, hiddenUnits: 8 } },
      planner: SMALL_PLAN,
      ...more,
    });
    const result = await runStudy(core, file, 0);
    const models = await core.models.list();
    return { result, models: models.sort((a, b) => a.name.localeCompare(b.name)) };
  });
}

describe('a study', () => {
  it('learns every model afresh, or from the weights of the trial before', async () => {
    const fresh = await study({});
    expect(fresh.models.map(({ parent }) => parent)).toEqual([null, null]);
    const { models } = await study({ trainFrom: 'previous' });
    expect(models.map(({ parent }) => parent)).toEqual([null, models[0]?.hash]);
  });

  it('goes on from a model of pictures also where its task ends an episode for the first time', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect({ ...BALANCE, rig: 'pendulum-camera' });
      const { task } = core.rig.require().rig.file;
      const options = { size: 16, encoderSteps: 3, unroll: 2, latent: 4, members: 2, elites: 2 };
      const file = StudyFile.parse({
        ...{ schema: 'foresight.experiment/1', name: 'seen', trials: 3, rig: 'pendulum-camera' },
        ...{ trainFrom: 'previous', randomEpisodes: 3 },
        // Random motion is by the rig's own task, which ends nothing.
        task: { ...task, maxSteps: 40, termination: 'abs(velocity) > 2' },
        model: { epochs: 2, class: { name: 'latent-frame', ...options, hiddenUnits: 8 } },
        planner: SMALL_PLAN,
      });
      const { trials } = await runStudy(core, file, 0);
      expect(trials.map(({ trial }) => trial)).toEqual([0, 1, 2, 3]);
      const models = (await core.models.list()).sort((a, b) => a.name.localeCompare(b.name));
      expect(models.map(({ eyes }) => eyes?.ends)).toEqual([false, true, true]);
      expect(models.map(({ parent }) => parent)).toEqual([null, null, models[1]?.hash]);
      const note = 'It was trained anew and does not go on from "seen-trial-1"';
      expect(models.map(({ notes }) => notes.some((one) => one.startsWith(note)))).toEqual([
        ...[false, true, false],
      ]);
    });
  });

  it('learns a policy for the planner from what every model was learned from, in that model', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect({ ...BALANCE, rig: 'pendulum' });
      const { maxSteps: _, ...task } = core.rig.require().rig.file.task;
      const file = StudyFile.parse({
        ...{ schema: 'foresight.experiment/1', name: 'guided', trials: 2, rig: 'pendulum' },
        task: { ...task, maxSteps: 30 },
        model: { epochs: 2, class: { name: 'deterministic', hiddenUnits: 8 } },
        planner: { ...SMALL_PLAN, terminalValue: true, proposals: 1 },
        guide: { name: 'fitted-value', steps: 8, batchSize: 8, hiddenUnits: 8 },
      });
      await runStudy(core, file, 0);
      const [models, policies, runs] = await Promise.all([
        ...([core.models.list(), core.log.policies(), core.log.runs()] as const),
      ]);
      expect(models).toHaveLength(2);
      const served = runs.filter(({ policy }) => policy !== null);
      expect(served.map(({ model }) => model).sort()).toEqual(models.map(({ hash }) => hash).sort());
      for (const { model, policy } of served) {
        const { summary } = policies.find(({ hash }) => hash === policy) ?? {};
        const episodes = models.find(({ hash }) => hash === model)?.episodes;
        expect(summary).toMatchObject({ model, episodes, learnedIn: 'model' });
      }
    });
  });

  it('plans as many episodes in a trial as it is asked for, and learns from all of them', async () => {
    const { result, models } = await study({ trialEpisodes: 3 });
    const [random, first] = result.trials;
    const seven = result.episodes.map(({ steps }) => steps);
    expect(seven).toHaveLength(7);
    const until = seven.slice(0, 4).reduce((sum, steps) => sum + steps, 0);
    expect(first).toMatchObject({ trial: 1, transitions: until });
    expect(random?.transitions).toBe(seven[0]);
    expect(models[1]?.episodes).toHaveLength(4);
  });

  it('has a policy of pictures drive alone, which has learned only in the model of what was recorded', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect({ ...BALANCE, rig: 'pendulum-camera' });
      const { maxSteps: _, ...task } = core.rig.require().rig.file.task;
      const file = StudyFile.parse({
        ...{ schema: 'foresight.experiment/1', name: 'alone', trials: 1, rig: 'pendulum-camera' },
        ...{ task: { ...task, maxSteps: 55 }, randomEpisodes: 2, driver: 'policy' },
        model: {
          epochs: 2,
          class: {
            name: 'latent-frame',
            size: 16,
            encoderSteps: 3,
            unroll: 2,
            latent: 4,
            members: 2,
            elites: 2,
          },
        },
        guide: { name: 'model-gradient', steps: 2, batchSize: 8, hiddenUnits: 8, rolloutLast: 2 },
      });
      const { trials } = await runStudy(core, file, 0);
      expect(trials.map(({ transitions }) => transitions)).toEqual([110, 165]);
      const [run] = await core.log.runs();
      const [policy] = await core.log.policies();
      expect(run).toMatchObject({ model: null, policy: policy?.hash });
      expect(policy?.summary).toMatchObject({
        learnedIn: 'model',
        eyes: { camera: 'side' },
        episodes: [1, 2],
      });
    });
  });

  it('has the policy of a trial go on from the one before where it is asked to, exploring on the rig but where it is judged', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect({ ...BALANCE, rig: 'pendulum' });
      const { maxSteps: _, ...task } = core.rig.require().rig.file.task;
      const file = StudyFile.parse({
        ...{ schema: 'foresight.experiment/1', name: 'explores', trials: 2, rig: 'pendulum' },
        ...{ task: { ...task, maxSteps: 40 }, driver: 'policy', guideFrom: 'previous', explore: true },
        model: { epochs: 1, rewardHead: true, class: { name: 'ensemble', members: 2, hiddenUnits: 8 } },
        guide: { name: 'model-gradient', steps: 2, batchSize: 8, hiddenUnits: 8, rolloutLast: 2 },
        evaluate: { episodes: 2, at: [1] },
      });
      const { evaluations } = await runStudy(core, file, 0);
      const policies = (await core.log.policies()).sort((a, b) => a.createdAt - b.createdAt);
      expect(policies.map(({ summary }) => summary)).toMatchObject([
        { from: null },
        { from: policies[0]?.hash },
      ]);
      // A mean of a network that has hardly learned changes little from step to step; what is drawn around it changes much.
      const jumps = async (episode: number | undefined) => {
        const { rows, actions } = await core.log.columns(episode ?? 0);
        const steps = Array.from({ length: rows - 2 }, (_, i) => Math.abs(actions[i + 1]! - actions[i]!));
        return steps.reduce((sum, jump) => sum + jump, 0) / steps.length;
      };
      const [judged] = evaluations[0]?.outcomes ?? [];
      const driven = (await core.log.episodes()).filter(({ source }) => source !== 'random');
      const explored = driven.find(
        ({ id }) => !evaluations[0]?.outcomes.some((one) => one.summary.id === id),
      );
      expect(await jumps(explored?.id)).toBeGreaterThan(3 * (await jumps(judged?.summary.id)));
    });
  });

  it('evaluates frozen models on episodes that nothing is learned from', async () => {
    const plain = await study({});
    const { result, models } = await study({ evaluate: { episodes: 2, at: [1] } });
    const [evaluation] = result.evaluations;
    expect(evaluation).toMatchObject({ at: 1, outcomes: [{}, {}] });
    const evaluated = evaluation?.outcomes.map(({ summary }) => summary.id) ?? [];
    for (const model of models) {
      for (const episode of evaluated) expect(model.episodes).not.toContain(episode);
    }
    expect(result.episodes.map(({ steps }) => steps)).toEqual(
      plain.result.episodes.map(({ steps }) => steps),
    );
  });
});
