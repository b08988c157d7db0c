import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeModel } from '../../src/main/dynamics/model-file';
import { PlanSession } from '../../src/main/plan/session/session';
import { type Planner, type PlanRequest, type PlanSetup, startPlanner } from '../../src/main/plan/thread';
import { openEngine } from '../../src/main/tensor';
import { PLANNER_OPTIONS, PlannerOptions, PropagationOptions } from '../../src/shared/plan';
import { randomModel } from '../dynamics/models';
import { CARTPOLE_CHANNELS, CARTPOLE_TASK } from './cartpole';

let folder: string;
let setup: PlanSetup;
const model = randomModel(CARTPOLE_CHANNELS, {
  class: { name: 'ensemble', hiddenUnits: 32 },
});
const otherModel = randomModel(CARTPOLE_CHANNELS, { class: { name: 'ensemble', hiddenUnits: 32 } }, 9);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-plan-'));
  setup = {
    modelFile: await writeModel(model, folder, 'test'),
    task: { ...CARTPOLE_TASK, reward: 'cos(pole_angle)', termination: '' },
    planner: PlannerOptions.parse({ method: 'mppi', candidates: 100, horizon: 10 }),
    propagation: PropagationOptions.parse({}),
    actionLimits: [[-1, 1]],
    holdAction: [0],
    threads: 1,
    seed: 3,
  };
});
afterAll(() => rm(folder, { recursive: true }));

const request = (step: number): PlanRequest => ({
  id: step + 1,
  observation: [0, 0, 0.1, 0],
  observedStep: step,
  pending: [],
  fresh: step === 0,
  draw: true,
});
const withPlanner = async (use: (planner: Planner) => Promise<void>) => {
  const planner = await startPlanner(setup);
  try {
    await use(planner);
  } finally {
    await planner.close();
  }
};

describe('the planning thread', () => {
  it('plans as the session does without a thread, bit for bit', async () => {
    const session = await PlanSession.compile(setup, model, await openEngine());
    await withPlanner(async (planner) => {
      expect(planner.compileMs).toBeGreaterThan(0);
      for (let step = 0; step < 3; step++) {
        const [here, there] = [await session.plan(request(step)), await planner.plan(request(step))];
        const untimed = { planMs: 0, graphMs: 0, parts: undefined };
        expect({ ...there, ...untimed }).toEqual({ ...here, ...untimed });
      }
    });
    await session.close();
  });

  it('is busy while it plans, and free for whoever hears of the plan', async () => {
    await withPlanner(async (planner) => {
      expect(planner.busy).toBe(false);
      const first = planner.plan(request(0));
      expect(planner.busy).toBe(true);
      await first;
      expect(planner.busy).toBe(false);
      expect((await planner.plan(request(1))).id).toBe(2);
    });
  });

  it('drops a waiting request for a newer one, and says so', async () => {
    await withPlanner(async (planner) => {
      const plans = [0, 1, 2].map((step) => planner.plan(request(step)));
      const [first, second, third] = await Promise.allSettled(plans);
      expect(first).toMatchObject({ status: 'fulfilled', value: { id: 1 } });
      expect(second).toMatchObject({
        status: 'rejected',
        reason: { code: 'cancelled', message: expect.stringContaining('step 1 was dropped') },
      });
      expect(third).toMatchObject({ status: 'fulfilled', value: { id: 3 } });
    });
  });

  it('goes on planning while another model is compiled, then plans with that one from where it was', async () => {
    const modelFile = await writeModel(otherModel, folder, 'test');
    await withPlanner(async (planner) => {
      const before = await planner.plan(request(0));
      let swapped = false;
      const swap = planner.swap({ ...setup, modelFile }).then(() => {
        swapped = true;
      });
      expect((await planner.plan(request(1))).id).toBe(2);
      expect(swapped).toBe(false);
      await swap;
      const after = await planner.plan({ ...request(1), id: 7 });
      expect([...after.mean.slice(4, 8)]).not.toEqual([...before.mean.slice(4, 8)]);

      const session = await PlanSession.compile(setup, otherModel, await openEngine());
      const fresh = await session.plan({ ...request(1), fresh: true });
      expect(after.actions).not.toEqual(fresh.actions);
      await session.close();
    });
  });

  it('hands a plan over as it was meant, so that another takes it on to the letter', async () => {
    const engine = await openEngine();
    // Open loop nothing is planned anew while the plan lasts: what is executed is what was handed over.
    const planner = { method: 'random-shooting', replan: 'open-loop', horizon: 10, smoothing: 0.5 };
    const smooth = { ...setup, planner: PlannerOptions.parse(planner) };
    const first = await PlanSession.compile(smooth, model, engine);
    const second = await PlanSession.compile(smooth, otherModel, engine);
    const { actions, warmStart } = await first.plan(request(0));
    const next = { ...request(1), past: { observations: [[0, 0, 0.1, 0]], actions: actions.slice(0, 1) } };
    const [own, taken] = [await first.plan(next), await second.plan(next, warmStart)];
    expect(taken.actions).toEqual(own.actions);
    expect(taken.actions[0]).toEqual(actions[1]);
    await Promise.all([first.close(), second.close()]);
  });

  it.each(PLANNER_OPTIONS.map(({ shape }) => shape.method.value))(
    'goes on with what %s remembers when the model is exchanged: by the same one, as if it had not been',
    async (method) => {
      const sizes = method === 'ilqr' ? { iterations: 2 } : { candidates: 20 };
      const own = { ...setup, planner: PlannerOptions.parse({ method, horizon: 6, ...sizes }) };
      const alone = await PlanSession.compile(own, model, await openEngine());
      const planner = await startPlanner(own);
      try {
        for (let step = 0; step < 4; step++) {
          if (step === 2) await planner.swap(own);
          const [expected, swapped] = [await alone.plan(request(step)), await planner.plan(request(step))];
          expect(swapped.actions).toEqual(expected.actions);
        }
      } finally {
        await Promise.all([planner.close(), alone.close()]);
      }
    },
  );

  it('takes a plan of another method on without what that one remembers', async () => {
    const engine = await openEngine();
    const of = (method: string) =>
      PlanSession.compile({ ...setup, planner: PlannerOptions.parse({ method, horizon: 6 }) }, model, engine);
    const [icem, ilqr, cem] = [await of('icem'), await of('ilqr'), await of('cem')];
    const { warmStart } = await icem.plan(request(0));
    const bare = { ...warmStart, memory: undefined };
    for (const session of [ilqr, cem]) {
      const [first, second] = [
        await session.plan(request(1), warmStart),
        await session.plan(request(1), bare),
      ];
      expect(first.actions).toEqual(second.actions);
    }
    await Promise.all([icem.close(), ilqr.close(), cem.close()]);
  });

  it('says what is wrong with a model file or a formula before anything moves', async () => {
    await expect(startPlanner({ ...setup, modelFile: join(folder, 'none') })).rejects.toMatchObject({
      name: 'ForesightError',
      code: 'not-found',
    });
    const task = { ...setup.task, reward: 'cos(pole)' };
    await expect(startPlanner({ ...setup, task })).rejects.toMatchObject({ code: 'bad-formula' });
  });

  it('tells whoever waits when it is closed', async () => {
    const planner = await startPlanner(setup);
    const [running, waiting] = [planner.plan(request(0)), planner.plan(request(1))];
    const closing = planner.close();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await expect(running).resolves.toMatchObject({ id: 1 });
    await closing;
    await expect(planner.plan(request(2))).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a planner that is made slow', () => {
  it('gives a plan out no earlier than it was told to, and says so of its first one', async () => {
    const slow = { ...setup, planner: { ...setup.planner, minimumMs: 60 } };
    const planner = await startPlanner(slow);
    try {
      const began = performance.now();
      const { planMs } = await planner.plan(request(0));
      expect(performance.now() - began).toBeGreaterThanOrEqual(60);
      expect(planMs).toBeGreaterThanOrEqual(60);
      expect(planner.warmPlanMs).toBeGreaterThanOrEqual(60);
    } finally {
      await planner.close();
    }
  });
});

describe('live controls', () => {
  it('change how plans are judged between two plans, and none of several in a row is lost', async () => {
    await withPlanner(async (planner) => {
      expect((await planner.plan(request(0))).insight.particles).toBe(1);
      await Promise.all([
        planner.adjust({ particles: 4 }),
        planner.adjust({ task: { ...setup.task, reward: '7' } }),
        planner.adjust({ particles: 2, risk: undefined }),
      ]);
      const { insight, expectedReturn } = await planner.plan(request(1));
      expect(insight.particles).toBe(2);
      expect(expectedReturn).toBeCloseTo(7 * 10, 3);
    });
  });

  it('stand on the model that was swapped in before them', async () => {
    const modelFile = await writeModel(otherModel, folder, 'test');
    await withPlanner(async (planner) => {
      const before = await planner.plan(request(0));
      await Promise.all([planner.swap({ ...setup, modelFile }), planner.adjust({ particles: 3 })]);
      const after = await planner.plan(request(1));
      expect(after.insight.particles).toBe(3);
      expect([...after.mean.slice(4, 8)]).not.toEqual([...before.mean.slice(4, 8)]);
    });
  });

  it('leave everything as it was when they cannot be', async () => {
    await withPlanner(async (planner) => {
      await planner.plan(request(0));
      const wrong = planner.adjust({ task: { ...setup.task, reward: 'cos(pole)' } });
      await expect(wrong).rejects.toMatchObject({ code: 'bad-formula' });
      expect((await planner.plan(request(1))).id).toBe(2);
      await planner.adjust({ particles: 2 });
      expect((await planner.plan(request(2))).insight.particles).toBe(2);
    });
  });
});

describe('an automatic budget', () => {
  it('says what it chose, and chooses more where there is more time', async () => {
    const chosen = async (periodSeconds: number) => {
      const planner = await startPlanner({
        ...setup,
        planner: { ...setup.planner, budget: 'auto' },
        periodSeconds,
      });
      try {
        return (await planner.plan(request(0))).insight.candidates;
      } finally {
        await planner.close();
      }
    };
    // Nothing fits into a tenth of a millisecond; two candidates are the least that a planner can compare.
    expect(await chosen(0.0001)).toBe(2);
    // Fifty are tried first, and three seconds are enough for those on any computer.
    expect(await chosen(5)).toBeGreaterThanOrEqual(50);
  });
});
