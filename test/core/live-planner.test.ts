import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LivePlanner } from '../../src/main/core/live-planner';
import { writeModel } from '../../src/main/dynamics/model-file';
import { loadRig } from '../../src/main/rig';
import { PlannerOptions, PropagationOptions } from '../../src/shared/plan';
import type { Rig } from '../../src/shared/rig';
import { randomModel } from '../dynamics/models';

let folder: string;
let rig: Rig;
let modelFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-live-planner-'));
  rig = await loadRig('pendulum');
  const { observations, actions, periodSeconds } = rig.file;
  const info = (channel: { name: string; unit: string }, angle: boolean) => ({
    ...channel,
    angle,
    limits: null,
  });
  const model = randomModel(
    {
      observations: observations.map(({ name, unit, angle }) => info({ name, unit }, angle)),
      actions: actions.map(({ name, unit }) => info({ name, unit }, false)),
      periodSeconds,
    },
    { class: { name: 'gaussian', hiddenUnits: 8 } },
  );
  modelFile = await writeModel(model, folder, 'test');
});
afterAll(() => rm(folder, { recursive: true }));

const start = (planner: Record<string, unknown>) =>
  LivePlanner.start(
    {
      modelFile,
      task: rig.file.task,
      planner: PlannerOptions.parse({ horizon: 5, ...planner }),
      propagation: PropagationOptions.parse({}),
      actionLimits: [[-2, 2]],
      holdAction: [0],
      threads: 1,
      seed: 0,
    },
    rig,
  );

it('refuses a control that the planner has no use for, with its title, and goes on', async () => {
  const live = await start({ method: 'ilqr' });
  await expect(live.adjust({ particles: 4 })).rejects.toMatchObject({
    code: 'wrong-use',
    message: '"Particles" would change nothing: the planner ilqr does not plan with it.',
  });
  expect(live.setup.propagation.particles).toBe(1);
  await live.close();
});

it('takes the same control where candidates have particles', async () => {
  const live = await start({ method: 'mppi', candidates: 8 });
  expect(await live.adjust({ particles: 4 })).toContain('1 → 4');
  expect(live.setup.propagation.particles).toBe(4);
  await live.close();
});
