import { describe, expect, it } from 'vitest';
import { loadRig } from '../../src/main/rig';
import { RigFile } from '../../src/shared/rig';
import { jointPlans } from '../../src/shared/safety/joint-limits';
import { memoryRigFile } from '../control/memory-rig';

const problemsOf = (parse: () => unknown): string[] => {
  try {
    parse();
    return [];
  } catch (thrown) {
    const { issues } = thrown as { issues: { path: (string | number)[]; message: string }[] };
    return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  }
};
const x = (limits: Record<string, unknown>) =>
  problemsOf(() => memoryRigFile({ safety: { joints: { x: limits } } }));

describe('limits of joints in a rig file', () => {
  it('are refused where they name what there is not, or contradict themselves', () => {
    expect(x({ command: { action: 'v', sets: 'velocity' }, observed: { position: 'y' } })).toEqual([
      'safety.joints.x.observed.position: an observation channel ("x"), found "y"',
      'safety.joints.x.command.action: an action channel ("u"), found "v"',
    ]);
    expect(x({ command: { action: 'u', sets: 'velocity' }, observed: { position: 'x' } })).toEqual([
      'safety.joints.x.command.action: a command in m/s, as its position is in m; "u" is in N',
    ]);
    expect(x({ temperature: { slowFrom: 70, most: 60 }, velocity: { most: 2, holdAbove: 1 } })).toEqual([
      'safety.joints.x.temperature.slowFrom: no more than 60, from where it holds',
      'safety.joints.x.observed.temperature: an observation channel, as temperature is limited',
      'safety.joints.x.velocity.holdAbove: at least 2, which may be commanded',
    ]);
  });

  it('are there for motors without an entry', async () => {
    const { file } = await loadRig('so101');
    const bare = RigFile.parse({ ...file, safety: { watchdogSeconds: 0.3 } });
    expect(jointPlans(bare)[0]).toMatchObject({
      ...{ name: 'shoulder_pan', action: 0, sets: 'velocity', low: -1.9, high: 1.9 },
      ...{ speed: 1.5, acceleration: 15, step: 0.35 },
      temperature: { slowFrom: 55, most: 65, forSeconds: 0.5 },
      current: undefined,
    });
    const positions = RigFile.parse({
      ...bare,
      actions: bare.actions.map((action) => ({
        ...action,
        unit: 'rad',
        ratePerSecond: undefined,
        servo: { ...action.servo, goal: 'position' },
      })),
    });
    expect(jointPlans(positions)[0]).toMatchObject({
      sets: 'position',
      speed: 2,
      acceleration: 20,
      step: 0.35,
    });
  });

  it('of a rig on a servo bus go by the names of its motors', async () => {
    const { file } = await loadRig('so101');
    const limits = { shoulder: { velocity: { most: 1 } }, elbow_flex: { position: { limits: [2, 3] } } };
    expect(problemsOf(() => RigFile.parse({ ...file, safety: { joints: limits } }))).toEqual([
      expect.stringMatching(
        /^safety\.joints\.shoulder: the name of a motor that is not passive \("shoulder_pan", /,
      ),
      'safety.joints.elbow_flex.position.limits: a range that its motor has as well (-1.65 to 1.65)',
    ]);
  });
});
