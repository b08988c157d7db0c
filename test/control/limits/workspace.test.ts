import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CommandGuard } from '../../../src/main/control/command-guard';
import { type Border, clearance } from '../../../src/main/control/limits/borders';
import { feelersOf } from '../../../src/main/control/limits/feelers';
import {
  type CompiledWorkspace,
  compileWorkspace,
  Workspace,
} from '../../../src/main/control/limits/workspace';
import { loadRig, readScene } from '../../../src/main/rig';
import type { Scene } from '../../../src/shared/drawing';
import type { Rig } from '../../../src/shared/rig';
import { jointPlans } from '../../../src/shared/safety/joint-limits';
import { WorkspaceLimits } from '../../../src/shared/safety/workspace-limits';

let rig: Rig;
let scene: Scene;
beforeAll(async () => {
  rig = await loadRig('so101');
  scene = await readScene(rig);
});

const HAND = { parts: [{ body: 'wrist' }] };

function compiled(limits: Record<string, unknown>): CompiledWorkspace {
  const { workspace, problems } = compileWorkspace(
    scene,
    WorkspaceLimits.parse({ ...HAND, ...limits }),
    rig.file,
  );
  expect(problems).toEqual([]);
  return workspace;
}

/** An arm whose joints are at once where they are told to be. */
class IdealArm {
  readonly joints: Float64Array;
  readonly guard: CommandGuard;
  readonly workspace: Workspace;

  constructor(limits: Record<string, unknown>, joints: number[]) {
    this.joints = Float64Array.from(joints);
    const workspace = compiled(limits);
    const plant = { plantLimits: [], jointGoals: () => this.joints };
    this.guard = new CommandGuard(rig.file, plant, workspace);
    this.workspace = new Workspace(workspace, jointPlans(rig.file), rig.file.periodSeconds);
  }

  get observation(): number[] {
    return [...this.joints, ...this.joints.map(() => 0)];
  }

  /** How deep the hand is where it must not be, m. */
  get depth(): number {
    return this.workspace.deepest(this.observation)?.depth ?? 0;
  }

  go(speeds: readonly number[]): string[] {
    const { action, events } = this.guard.command(speeds, this.observation, 0);
    action.forEach((speed, i) => {
      this.joints[i] = this.joints[i]! + speed * rig.file.periodSeconds;
    });
    return events.filter(({ kind }) => kind === 'workspace').map(({ message }) => message);
  }
}

const START = [0, -0.6, 0.6, 0.3, 0, 0.3];
const speed = fc.oneof(
  fc.double({ min: -1.5, max: 1.5, noNaN: true }),
  fc.constantFrom(1.5, -1.5, Number.NaN),
);
const walk = fc.array(
  fc.record({
    speeds: fc.array(speed, { minLength: 6, maxLength: 6 }),
    periods: fc.integer({ min: 1, max: 12 }),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('a workspace', () => {
  it('is never left, whatever is asked of the arm, and no acceleration limit is broken for it', () => {
    fc.assert(
      fc.property(walk, (parts) => {
        const arm = new IdealArm(
          {
            floor: 0.02,
            inside: [{ name: 'cage', box: { from: [-0.3, -0.25, -1], to: [0.36, 0.25, 0.5] } }],
            outside: [
              { name: 'camera', sphere: { center: [0.2, 0.2, 0.2], radius: 0.05 } },
              { name: 'post', box: { from: [0.15, -0.2, 0], to: [0.2, -0.15, 0.3] } },
              { name: 'wall', behind: { at: [0, 0.22, 0], normal: [0, -2, 0] } },
            ],
          },
          START,
        );
        expect(arm.depth).toBe(0);
        let before = Float64Array.from(arm.joints, () => 0);
        for (const { speeds, periods } of parts) {
          for (let k = 0; k < periods; k++) {
            const joints = Float64Array.from(arm.joints);
            arm.go(speeds);
            const now = arm.joints.map((joint, i) => (joint - joints[i]!) / rig.file.periodSeconds);
            now.forEach((one, i) => {
              if (Math.abs(one - before[i]!) > 15 * 0.05 + 1e-6)
                throw new Error(`joint ${i} from ${before[i]} to ${one}`);
            });
            if (arm.depth > 1e-7) throw new Error(`${arm.depth} m deep`);
            before = now;
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('stops a hand above the floor, says why, and lets the joint that goes along it go on', () => {
    const arm = new IdealArm({ floor: 0.02 }, START);
    const said = new Set<string>();
    let pan = 0;
    for (let k = 0; k < 60; k++) {
      const before = arm.joints[0]!;
      for (const message of arm.go([k > 40 ? 0.5 : 0, 1, 0, 0, 0, 0])) said.add(message);
      pan = arm.joints[0]! - before;
    }
    expect(arm.depth).toBe(0);
    // Near the floor, not just anywhere above it.
    const lower = new IdealArm({ floor: 0.035 }, [...arm.joints]);
    expect(lower.depth).toBeGreaterThan(0);
    expect(pan).toBeCloseTo(0.025, 9);
    const shown = [...said];
    expect(shown[0]).toMatch(
      /^\w+ would touch the floor: shoulder_lift 1 rad\/s asked for, [0-9.]+ rad\/s given\.$/,
    );
  });

  it('lets an arm that is where it must not be move back, and no deeper', () => {
    const inside = [0, 0.9, 0.6, 0.3, 0, 0.3];
    const arm = new IdealArm({ floor: 0.02 }, inside);
    const depth = arm.depth;
    expect(depth).toBeGreaterThan(0);
    for (let k = 0; k < 10; k++) arm.go([0, 1, 0, 0, 0, 0]);
    expect(arm.depth).toBeCloseTo(depth, 9);
    for (let k = 0; k < 60; k++) arm.go([0, -1, 0, 0, 0, 0]);
    expect(arm.depth).toBe(0);
  });

  it('brings an arm to hold that is pushed where it must not be, and not one that began there', () => {
    const seen = (...lifts: number[]) => {
      const arm = new IdealArm({ floor: 0.02, holdBeyond: 0.01 }, START);
      return lifts.map((lift) => {
        arm.joints[1] = lift;
        return arm.guard.judge(arm.observation, 0)?.message ?? '';
      });
    };
    expect(seen(-0.6, 0.9)).toEqual(['', expect.stringMatching(/ is [0-9.]+ m beyond the floor\.$/)]);
    expect(seen(0.9, 0.9)).toEqual(['', '']);
  });

  it('says which names the model does not have', () => {
    const { problems } = feelersOf(scene.drawing, [
      { geom: 'claw' },
      { site: 'hand', radius: 0 },
      { body: 'leg' },
    ]);
    expect(problems).toEqual([
      expect.stringMatching(
        /^safety\.workspace\.parts\[0\]\.geom: expected a geom of the drawing \(.*"fixed_jaw".*\), found "claw"$/,
      ),
      expect.stringMatching(
        /^safety\.workspace\.parts\[2\]\.body: expected a body of the drawing with geoms \(.*"forearm".*\), found "leg"$/,
      ),
    ]);
  });
});

describe('borders', () => {
  const at = (border: Omit<Border, 'name'>, xyz: [number, number, number]) =>
    clearance({ name: '', ...border } as Border, ...xyz, 0.1);

  it('are as far from a ball as they are', () => {
    const box = { kind: 'out-of-box', from: [0, 0, 0], to: [1, 1, 1] } as const;
    expect(at(box, [2, 0.5, 0.5])).toBeCloseTo(0.9);
    expect(at(box, [2, 2, 0.5])).toBeCloseTo(Math.SQRT2 - 0.1);
    expect(at(box, [0.5, 0.5, 0.8])).toBeCloseTo(-0.3);
    const ball = { center: [0, 0, 1], radius: 0.5 } as const;
    expect(at({ kind: 'out-of-sphere', ...ball } as Border, [0, 0, 0])).toBeCloseTo(0.4);
    expect(at({ kind: 'in-sphere', ...ball } as Border, [0, 0, 0.8])).toBeCloseTo(0.2);
    expect(at({ kind: 'plane', normal: [0, 0, 1], offset: 0.2 } as Border, [5, 5, 0.1])).toBeCloseTo(-0.2);
  });
});
