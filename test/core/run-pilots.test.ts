import { afterEach, describe, expect, it } from 'vitest';
import { type PilotParts, RunPilots } from '../../src/main/core/run-pilots';
import { loadRig } from '../../src/main/rig';
import { RunInput } from '../../src/shared/contract';
import type { PilotName } from '../../src/shared/plan';
import { untrainedPolicy } from '../policy/policies';

const pilots: RunPilots[] = [];
afterEach(async () => {
  for (const one of pilots.splice(0)) await one.close();
});

const failures: { name: PilotName; error: unknown }[] = [];
const TELEMETRY = { watched: false, publish: () => undefined } as unknown as Parameters<
  typeof RunPilots.begin
>[1];

/** On the pendulum's simulator, with a policy that learned nothing. */
async function begun(how: Partial<RunInput>): Promise<RunPilots> {
  const rig = await loadRig('pendulum');
  const asked = {
    ...{ dynamics: 'simulator', model: '', policy: 'untrained', ...how },
    planner: { method: 'mppi', horizon: 3, candidates: 4 },
  };
  const parts: PilotParts = {
    ...{ rig, input: RunInput.parse(asked), record: null, modelFile: '' },
    ...{ policy: await untrainedPolicy('pendulum', { history: 2 }), policyFile: null },
  };
  failures.length = 0;
  const begun = await RunPilots.begin(parts, TELEMETRY, {
    onFailure: (name, error) => failures.push({ name, error }),
  });
  pilots.push(begun);
  return begun;
}
const plan = (run: RunPilots, step: number) => run.planner.planFor(step, [0.1, 0], 1);
const TASK = { name: 'other', reward: 'cos(angle)', termination: '', maxSteps: 7 };

describe('a planner that failed while it thought along', () => {
  it('is started anew when it is asked for, as it was adjusted last, and drives', async () => {
    const run = await begun({ driver: 'policy', beside: true });
    await run.adjust({ particles: 2 });
    const failed = run.livePlanner;
    await failed?.planner.close();
    await plan(run, 0);
    expect(failures).toMatchObject([{ name: 'planner' }]);
    await Promise.all([run.drive('planner'), run.thinkAlong(true)]);
    expect(run.livePlanner).not.toBe(failed);
    expect(run.livePlanner?.setup).toEqual(failed?.setup);
    await plan(run, 1);
    expect(run.planner.driver).toBe('planner');
    expect(failures).toHaveLength(1);
  });

  it('leaves a run whose task can be changed, and is of the new one when it is back', async () => {
    const run = await begun({ driver: 'policy', beside: true });
    await run.livePlanner?.planner.close();
    await plan(run, 0);
    await run.adjust({ task: TASK });
    expect([run.maxSteps, run.task.reward([0, 0], [0], [0, 0])]).toEqual([7, 1]);
    await run.drive('planner');
    expect(run.livePlanner?.setup.task).toEqual(TASK);
  });
});

describe('a policy that failed while it thought along', () => {
  it('says that it has failed, and not that there was none, when it is asked for', async () => {
    const run = await begun({ driver: 'planner', beside: true });
    // A row that is none: the policy alone looks back on it.
    run.planner.observed({ observation: [0, 0, 0, 0, 0, 0], action: [0] });
    await plan(run, 1);
    expect(failures).toMatchObject([{ name: 'policy' }]);
    await expect(run.drive('policy')).rejects.toMatchObject({
      message: expect.stringMatching(/^The policy of this run has failed and cannot drive in it any more: ./),
      next: 'Finish this run, and start another one with the policy.',
    });
  });
});

describe('a task that is changed while a late planner compiles', () => {
  it('is the task of that planner as well', async () => {
    const run = await begun({ driver: 'policy' });
    const driving = run.drive('planner');
    await Promise.all([driving, run.adjust({ task: TASK })]);
    expect(run.livePlanner?.setup.task).toEqual(TASK);
    expect([run.maxSteps, run.task.reward([0, 0], [0], [0, 0])]).toEqual([7, 1]);
  });
});
