import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Core } from '../../src/main/core';
import { readPolicy } from '../../src/main/policy/representation/policy-file';
import { AlgorithmOptions, type PolicyProgress } from '../../src/shared/policy';
import { PolicyTrainInput } from '../../src/shared/policy-training';
import { eventually } from '../eventually';
import { withTestCore } from './workspace';

/** Small enough to be learned in a second; long enough to be cancelled where `steps` says so. */
const asked = (more: Record<string, unknown> = {}, steps = 400): PolicyTrainInput =>
  PolicyTrainInput.parse({
    rig: 'cartpole-balance',
    algorithm: { ...{ name: 'sac', steps, randomSteps: 100 }, ...{ hiddenUnits: 16, batchSize: 32 } },
    evaluation: { episodes: 3 },
    ...more,
  });

const refused = (core: Core, more: Record<string, unknown>) =>
  expect(core.policies.trainings.train(asked(more))).rejects;

describe('a policy of a workspace', () => {
  it('is learned in a process of its own, evaluated, listed, renamed, judged anew and removed', async () => {
    await withTestCore(async (core) => {
      const said: PolicyProgress[] = [];
      const training = await core.policies.trainings.train(asked({ name: 'pole' }), (one) => said.push(one));
      const summary = await training.done;
      expect(summary).toMatchObject({
        name: 'pole',
        rig: 'cartpole-balance',
        steps: 400,
        learnedIn: 'simulation',
      });
      expect(summary.evaluation?.returns).toHaveLength(3);
      expect(summary.evaluation?.interval?.[0]).toBeLessThanOrEqual(summary.evaluation?.mean ?? Number.NaN);
      expect(summary.curve.at(-1)?.steps).toBe(400);
      expect(said.map(({ phase }) => phase)).toContain('evaluating');
      expect(core.models.jobs()).toMatchObject([
        { kind: 'learn-policy', state: 'done', policy: { hash: summary.hash, progress: { phase: 'done' } } },
      ]);
      const folder = join(core.options.folder, 'policies');
      expect((await readPolicy(join(folder, `${summary.hash}.safetensors`))).summary).toEqual(summary);
      // What it met, of four channels: states on both sides of the middle.
      expect(summary.known).toHaveLength(4);
      for (const [low, high] of summary.known ?? []) expect(low).toBeLessThan(high);
      expect(await readdir(join(core.options.folder, 'checkpoints', 'policies')).catch(() => [])).toEqual([]);

      await core.policies.rename('pole', 'better');
      const evaluation = await core.policies.evaluate({ policy: 'better', episodes: 2, seed: 7 });
      expect(evaluation).toMatchObject({
        where: 'simulation',
        seed: 7,
        steps: [expect.any(Number), expect.any(Number)],
      });
      expect(await core.policies.list()).toEqual([{ ...summary, name: 'better', evaluation }]);
      const exported = await core.policies.export('better');
      expect(exported).toMatchObject({ states: 500, from: 'simulation' });
      expect(exported.file).toContain(join('exports', `better-${summary.hash.slice(0, 8)}.onnx`));
      expect(exported.largestDifference).toBeLessThan(1e-6);
      await core.policies.remove('better');
      expect(await core.policies.list()).toEqual([]);
      await core.policies.restore(summary.hash);
      expect(await core.policies.list()).toMatchObject([{ name: 'better' }]);
      await expect(core.policies.restore('none')).rejects.toMatchObject({ code: 'not-found' });
      await core.policies.remove('better');
      expect(await core.policies.list()).toEqual([]);
      expect(await core.log.undo()).toBe('Removed a policy');
      expect(await core.policies.show(summary.hash.slice(0, 8))).toMatchObject({ name: 'better' });
    });
  });

  it('that was cancelled on its way goes on from its checkpoint', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'foresight-policies-'));
    const id = await withTestCore(async (core) => {
      const training = await core.policies.trainings.train(asked({ name: 'long' }, 1_000_000));
      // At once when it lies there, which the training may not have told of yet.
      const kept = join(folder, 'checkpoints', 'policies');
      await eventually(
        () => expect(readdirSync(kept)).toContainEqual(expect.stringMatching(/^long-.*s$/)),
        1,
      );
      training.cancel();
      await expect(training.done).rejects.toMatchObject({
        code: 'cancelled',
        next: expect.stringContaining('foresight policy train --resume long-'),
      });
      expect(core.models.jobs()[0]?.checkpoint).toBe(training.checkpoint());
      return training.checkpoint() ?? '';
    }, folder);
    await withTestCore(async (core) => {
      const [interrupted] = await core.policies.trainings.checkpoints();
      expect(interrupted).toMatchObject({ id, name: 'long', rig: 'cartpole-balance' });
      const first = await new Promise<PolicyProgress>((resolve) => {
        const begun = core.policies.trainings.resume(undefined, (progress) => {
          begun.then((training) => training.cancel());
          resolve(progress);
        });
        begun.then(({ done }) => done.catch(() => undefined));
      });
      expect(first.steps).toBeGreaterThanOrEqual(interrupted?.steps ?? Number.NaN);
      await expect(core.policies.trainings.resume('nothing')).rejects.toThrow(
        'There is no interrupted training "nothing"',
      );
    }, folder);
    await rm(folder, { recursive: true, force: true });
  });

  it('is not begun on what it could not be learned from, with a sentence that says why', async () => {
    await withTestCore(async (core) => {
      const task = { name: 'nothing', reward: ' ', maxSteps: 10 };
      await refused(core, { task }).toThrow('has no reward, so there is nothing to learn from');
      await refused(core, { task: { ...task, reward: 'nowhere' } }).toThrow('nowhere');
      await refused(core, { rig: 'no-such-rig' }).toThrow('There is no rig "no-such-rig"');
      const reinforce = AlgorithmOptions.parse({ name: 'reinforce' });
      await refused(core, { algorithm: reinforce, where: 'recorded' }).toThrow('it has to act');
      await refused(core, { algorithm: reinforce, episodes: [1] }).toThrow('episodes are of no use to it');
      await refused(core, { algorithm: AlgorithmOptions.parse({ name: 'mbpo' }), model: 'm' }).toThrow(
        'There is no model "m"',
      );
      await expect(core.policies.show('p')).rejects.toThrow('There is no policy "p" in this workspace.');
      expect(core.models.jobs()).toEqual([]);
    });
  });

  it('of a serial rig is learned in the simulator behind it, with the limits of the rig', async () => {
    await withTestCore(async (core) => {
      const rig = await core.rig.load('cartpole-serial');
      const training = await core.policies.trainings.train(asked({ rig: 'cartpole-serial' }, 150));
      const summary = await training.done;
      expect(summary.rig).toBe('cartpole-serial');
      expect(summary.actions.map(({ limits }) => limits)).toEqual(
        rig.file.actions.map(({ limits }) => limits),
      );
    });
  });
});
