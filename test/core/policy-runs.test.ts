import { describe, expect, it, vi } from 'vitest';
import { evaluateOnRig } from '../../src/main/core/rig-evaluation';
import { PlanThread } from '../../src/main/plan/thread/plan-thread';
import { compileActing } from '../../src/main/policy/representation/acting';
import { policySpace, toPhysical } from '../../src/main/policy/representation/space';
import { initialValue } from '../../src/main/policy/representation/value';
import { openEngine } from '../../src/main/tensor';
import { TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { keepPolicy } from '../policy/keep';
import { untrainedPolicy } from '../policy/policies';
import { patientRig } from '../rig/patient-rig';
import { withTestCore } from './workspace';

const PENDULUM = { rig: 'pendulum', mode: 'lockstep', seed: 0 } as const;
const SIMULATOR = {
  dynamics: 'simulator' as const,
  planner: { method: 'mppi' as const, horizon: 5, candidates: 10 },
};
/** The pendulum's task, shorter. */
const shortTask = (core: Parameters<Parameters<typeof withTestCore>[0]>[0], maxSteps: number) => ({
  ...core.rig.require().rig.file.task,
  maxSteps,
});

describe('a run that a policy drives', () => {
  it('does what the policy does, the same for the same seed, and says which policy it was', async () => {
    await withTestCore(async (core) => {
      const policy = await untrainedPolicy('pendulum', {
        known: [
          [-1, 1],
          [-1, 1],
          [-0.5, 0.5],
        ],
      });
      const hash = await keepPolicy(core, policy);
      await core.rig.connect(PENDULUM);
      const run = () =>
        core.activity.run({
          driver: 'policy',
          policy: 'untrained',
          model: '',
          task: shortTask(core, 30),
          seed: 4,
        });
      const [first] = await run();
      expect(first).toMatchObject({ endedBy: 'step limit', summary: { source: 'policy', steps: 30 } });
      const id = first?.summary.id ?? 0;
      const { rows, observations, actions } = await core.log.columns(id);
      const space = policySpace(policy.summary, 1);
      const actor = { shape: policy.summary.actor, arrays: policy.arrays };
      const acting = await compileActing(await openEngine(), space, actor);
      for (let row = 0; row < rows - 1; row++) {
        const state = Float32Array.from(observations.subarray(2 * row, 2 * row + 2));
        const [action] = toPhysical(space, (await acting.act(actor, state)).greedy);
        expect(actions[row]).toBe(action);
      }
      await acting.dispose();

      const [again] = await run();
      expect((await core.log.columns(again?.summary.id ?? 0)).actions).toEqual(actions);
      expect((await core.log.runs()).find(({ id: run }) => run === first?.summary.run)).toMatchObject({
        policy: hash,
        settings: { driver: 'policy', policy: 'untrained' },
      });
      // It swings faster than anything that it is said to have met.
      const { insight } = await core.episodes.rows(id, { from: 0, to: 30 });
      expect(new Set(insight?.knownSteps)).toEqual(new Set([0, 1]));
    });
  });

  it('that cannot be written down does not begin, and nothing that was started for it goes on', async () => {
    await withTestCore(async (core) => {
      await keepPolicy(core, await untrainedPolicy('pendulum'));
      await core.rig.connect(PENDULUM);
      const closed = vi.spyOn(PlanThread.prototype, 'close');
      vi.spyOn(core.log, 'beginRun').mockRejectedValueOnce(new Error('the disk is full'));
      const asked = { driver: 'policy', policy: 'untrained', model: '' } as const;
      await expect(core.activity.run(asked)).rejects.toThrow('the disk is full');
      expect(closed).toHaveBeenCalledTimes(1);
      vi.restoreAllMocks();
    });
  });

  it('is refused with a policy of another rig, in a sentence, and nothing moves', async () => {
    await withTestCore(async (core) => {
      await keepPolicy(core, await untrainedPolicy('cartpole-balance'));
      await core.rig.connect(PENDULUM);
      await expect(
        core.activity.run({ driver: 'policy', policy: 'untrained', model: '' }),
      ).rejects.toMatchObject({
        code: 'bad-data',
        message: expect.stringMatching(
          /^The policy "untrained" was learned on the observations .*; the rig pendulum has /,
        ),
      });
      expect(await core.log.episodes({ deleted: 'too' })).toEqual([]);
    });
  });

  it('is refused with a policy of a wider range, whose actions would mean something else', async () => {
    await withTestCore(async (core) => {
      const policy = await untrainedPolicy('pendulum');
      policy.summary.actions = policy.summary.actions.map((action) => ({ ...action, limits: [-3, 3] }));
      await keepPolicy(core, await untrainedPolicy('pendulum', { actions: policy.summary.actions }));
      await core.rig.connect(PENDULUM);
      await expect(core.activity.run({ driver: 'policy', policy: 'untrained', model: '' })).rejects.toThrow(
        'on the action ranges torque -3 … 3; the rig pendulum has torque -2 … 2.',
      );
    });
  });

  it('without a policy, or switched to a planner without a model, says so; the run goes on', async () => {
    await withTestCore(async (core) => {
      await keepPolicy(core, await untrainedPolicy('pendulum'));
      await core.rig.connect(PENDULUM);
      await expect(core.activity.run({ driver: 'policy', model: '' })).rejects.toThrow('no policy');
      await expect(core.activity.run({ explore: true, dynamics: 'simulator', model: '' })).rejects.toThrow(
        'no policy',
      );
      let refused: Promise<unknown> | undefined;
      const [outcome] = await core.activity.run(
        { driver: 'policy', policy: 'untrained', model: '', task: shortTask(core, 20) },
        {
          onStep: (step) => {
            if (step === 5)
              refused = core.activity.adjust({ driver: 'planner' }).catch((error: unknown) => error);
          },
        },
      );
      expect(await refused).toMatchObject({ code: 'wrong-use' });
      expect(outcome).toMatchObject({ endedBy: 'step limit', summary: { steps: 20 } });
    });
  });
});

describe('a switch between the planner and the policy of a run', () => {
  it.each(['lockstep', 'realtime'] as const)(
    'takes effect between two steps of the episode, in %s, and is in its log',
    async (mode) => {
      await withTestCore(async (core) => {
        await keepPolicy(core, await untrainedPolicy('pendulum'));
        await core.rig.connect({ ...PENDULUM, rig: patientRig(core.log.folder, 'pendulum'), mode });
        const shown = { drove: new Set<unknown>(), beside: 0 };
        const closing = new AbortController();
        const watching = (async () => {
          for await (const { activity, beside } of core.telemetry.stream(closing.signal)) {
            shown.drove.add(activity?.driver);
            if (beside) shown.beside++;
          }
        })();
        const adjusted: Promise<void>[] = [];
        // Each when the one before has taken effect and was shown, however many steps that takes on a busy machine.
        const wanted = [
          () => core.activity.adjust({ driver: 'planner' }),
          () => core.activity.adjust({ driver: 'policy', beside: false }),
        ];
        const drivers = ['policy', 'planner', 'policy'];
        const [outcome] = await core.activity.run(
          {
            driver: 'policy',
            policy: 'untrained',
            model: '',
            ...SIMULATOR,
            beside: true,
            task: shortTask(core, 1_000_000),
          },
          {
            onStep: (step) => {
              if (step < 20 || shown.beside === 0) return;
              const driver = drivers[adjusted.length];
              if (core.telemetry.activity.driver !== driver || !shown.drove.has(driver)) return;
              const next = wanted[adjusted.length];
              if (next) adjusted.push(next());
              else core.activity.finish();
            },
          },
        );
        await Promise.all(adjusted);
        closing.abort();
        await watching.catch(() => undefined);
        expect(outcome).toMatchObject({ endedBy: 'asked', summary: { source: 'policy' } });
        const events = await core.log.events(outcome?.summary.id ?? 0);
        const switches = events.filter(({ kind }) => kind === 'adjusted').map(({ message }) => message);
        expect(switches).toEqual([
          expect.stringMatching(/^Switched to the planner at step \d{2,}\.$/),
          expect.stringMatching(/^Switched to the policy at step \d{2,}\.$/),
        ]);
        expect([...shown.drove]).toEqual(expect.arrayContaining(['policy', 'planner']));
        expect(shown.beside).toBeGreaterThan(0);
      });
    },
  );
});

describe('an e-stop while a policy drives in real time', () => {
  it('ends the episode, and nothing moves after it', async () => {
    await withTestCore(async (core) => {
      await keepPolicy(core, await untrainedPolicy('cartpole-balance', { rig: 'cartpole-serial' }));
      await core.rig.connect({
        rig: patientRig(core.log.folder, 'cartpole-serial'),
        port: 'simulated',
        mode: 'realtime',
        seed: 0,
      });
      let stopped: Promise<unknown> | undefined;
      // However late the stop comes on a busy computer, no fallen pole is there before it.
      const task = { ...shortTask(core, 10_000), termination: '' };
      const [outcome] = await core.activity.run(
        { driver: 'policy', policy: 'untrained', model: '', task },
        {
          onStep: (step) => {
            if (step === 4) stopped = core.rig.stop('the test');
          },
        },
      );
      await stopped;
      expect(outcome).toMatchObject({ endedBy: 'stopped', summary: { state: 'interrupted' } });
      expect(core.rig.status.link).toMatchObject({ phase: 'stopped', readback: { halted: true } });
      await expect(
        core.activity.run({ driver: 'policy', policy: 'untrained', model: '' }),
      ).rejects.toMatchObject({
        code: 'stopped',
      });
    });
  });
});

describe('a planner that a policy serves', () => {
  const planner = { method: 'mppi' as const, horizon: 5, candidates: 10, terminalValue: true, proposals: 2 };

  it('drives itself, and the run names both', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(PENDULUM);
      const [recorded] = await core.activity.record({ episodes: 1, maxSteps: 60, seed: 1 });
      const options = TrainOptions.parse({ epochs: 2, class: { name: 'deterministic', hiddenUnits: 8 } });
      const episodes = [recorded?.summary.id ?? 0];
      const training = await core.models.trainings.train({ name: 'small', episodes, options, last: 0 });
      const { hash: model } = await training.done;
      const without = await untrainedPolicy('pendulum', { name: 'no value' });
      const { actor, history } = without.summary;
      const value = initialValue(policySpace(without.summary, history), actor, new Random(3));
      await keepPolicy(core, without);
      const policy = await keepPolicy(core, await untrainedPolicy('pendulum', { value }));
      const run = (name: string) =>
        core.activity.run({ policy: name, model, planner, task: shortTask(core, 8), seed: 4 });
      const [outcome] = await run('untrained');
      expect(outcome).toMatchObject({ summary: { source: 'mpc', steps: 8 } });
      expect((await core.log.runs()).at(-1)).toMatchObject({ model, policy });
      await expect(run('no value')).rejects.toMatchObject({
        code: 'wrong-use',
        message: expect.stringContaining('has no value of a state'),
      });
    });
  });
});

describe('an evaluation on the rig', () => {
  it('is the returns of whole episodes of the policy’s own task, and is kept with it', async () => {
    await withTestCore(async (core) => {
      const policy = await untrainedPolicy('pendulum');
      const task = { ...policy.summary.task, maxSteps: 12 };
      const hash = await keepPolicy(core, await untrainedPolicy('pendulum', { task }));
      await core.rig.connect(PENDULUM);
      const evaluation = await evaluateOnRig(core, { policy: 'untrained', episodes: 3, seed: 2 });
      expect(evaluation).toMatchObject({ where: 'rig', seed: 2, steps: [12, 12, 12] });
      const recorded = (await core.log.episodes()).map((episode) => episode.return ?? Number.NaN);
      expect([...evaluation.returns].sort()).toEqual(recorded.sort());
      expect(await core.log.policies()).toMatchObject([{ hash, evaluation }]);
    });
  });

  it('refuses to be adjusted on its way, and is of the policy’s own task all the same', async () => {
    await withTestCore(async (core) => {
      const { task } = (await untrainedPolicy('pendulum')).summary;
      await keepPolicy(core, await untrainedPolicy('pendulum', { task: { ...task, maxSteps: 12 } }));
      await core.rig.connect(PENDULUM);
      const refused: Promise<unknown>[] = [];
      const adjust = () => core.activity.adjust({ task: { ...task, reward: '1', maxSteps: 12 } });
      const evaluation = await evaluateOnRig(
        core,
        { policy: 'untrained', episodes: 1, seed: 2 },
        { onStep: (step) => void (step === 3 && refused.push(adjust().catch((error: unknown) => error))) },
      );
      expect(await Promise.all(refused)).toMatchObject([
        { code: 'wrong-use', message: expect.stringMatching(/^A policy is being evaluated on its own task/) },
      ]);
      expect(evaluation.returns.every((one) => one < 0)).toBe(true);
    });
  });

  it('that somebody finishes says how far it came, and keeps nothing', async () => {
    await withTestCore(async (core) => {
      await keepPolicy(core, await untrainedPolicy('pendulum'));
      await core.rig.connect(PENDULUM);
      const finishes = { onStep: (step: number) => void (step === 5 && core.activity.finish()) };
      await expect(
        evaluateOnRig(core, { policy: 'untrained', episodes: 3, seed: 0 }, finishes),
      ).rejects.toThrow('0 of 3 episodes came to their end');
      expect(await core.log.policies()).toMatchObject([{ evaluation: null }]);
    });
  });
});
