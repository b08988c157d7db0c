import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommandGuard } from '../../../src/main/control/command-guard';
import { speedWithin, stoppingDistance } from '../../../src/main/control/limits/braking';
import { limitJoint } from '../../../src/main/control/limits/motion';
import { type JointPlan, jointPlans } from '../../../src/shared/safety/joint-limits';
import { memoryRigFile } from '../memory-rig';

const anyNumber = fc.oneof(
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.double(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e308),
);
const positive = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** One joint x, m, that is told speeds or positions. */
function jointRig(
  sets: 'velocity' | 'position',
  limits: Record<string, unknown>,
  action: Record<string, unknown> = {},
) {
  return memoryRigFile({
    periodSeconds: 0.05,
    observations: [{ name: 'x', unit: 'm', source: { joint: 'x', quantity: 'position' } }],
    actions: [
      { name: 'u', unit: sets === 'velocity' ? 'm/s' : 'm', limits: [-100, 100], actuator: 'u', ...action },
    ],
    safety: { joints: { x: { command: { action: 'u', sets }, observed: { position: 'x' }, ...limits } } },
  });
}

const planOf = (rig: ReturnType<typeof jointRig>): JointPlan => jointPlans(rig)[0]!;
const limitsOf = fc.record({
  low: fc.double({ min: -2, max: 0, noNaN: true }),
  width: positive(0.01, 4),
  speed: positive(0.01, 5),
  acceleration: positive(0.1, 200),
});
const jsonOf = ({
  low,
  width,
  speed,
  acceleration,
}: {
  low: number;
  width: number;
  speed: number;
  acceleration: number;
}) => ({
  position: { limits: [low, low + width] },
  velocity: { most: speed },
  acceleration: { most: acceleration },
});

describe('braking', () => {
  it('finds the highest speed from which a joint still stops within a distance', () => {
    fc.assert(
      fc.property(
        positive(1e-6, 10),
        positive(1e-3, 1),
        positive(1e-3, 5),
        positive(0, 1),
        (room, period, fall, reaction) => {
          const braking = { periodSeconds: period, fall, reaction };
          const speed = speedWithin(room, braking);
          expect(stoppingDistance(speed * (1 - 1e-9), braking)).toBeLessThanOrEqual(room * (1 + 1e-9));
          expect(stoppingDistance(speed * (1 + 1e-6), braking)).toBeGreaterThanOrEqual(room * (1 - 1e-9));
        },
      ),
    );
  });
});

describe('limits of a joint', () => {
  it.each(['velocity', 'position'] as const)(
    'are never exceeded by a joint that is told its %s, whatever is asked, and it always stops in time',
    (sets) => {
      fc.assert(
        fc.property(
          limitsOf,
          positive(0, 1),
          fc.array(anyNumber, { minLength: 1, maxLength: 60 }),
          (limits, share, requests) => {
            const rig = jointRig(sets, jsonOf(limits));
            const { low, width, speed, acceleration } = limits;
            const high = low + width;
            const guard = new CommandGuard(rig, { plantLimits: [] });
            let x = low + share * width;
            let before = 0;
            for (const requested of requests) {
              const { action } = guard.command([requested], [x], 0);
              const next = sets === 'velocity' ? x + action[0]! * 0.05 : action[0]!;
              const now = (next - x) / 0.05;
              expect(Number.isFinite(next)).toBe(true);
              expect(next).toBeGreaterThanOrEqual(low - 1e-9);
              expect(next).toBeLessThanOrEqual(high + 1e-9);
              expect(Math.abs(now)).toBeLessThanOrEqual(speed + 1e-7);
              expect(Math.abs(now - before)).toBeLessThanOrEqual(acceleration * 0.05 + 1e-7);
              [x, before] = [next, now];
            }
          },
        ),
        { numRuns: 120 },
      );
    },
  );

  it('let nothing out that is no number or too fast, from whatever state', () => {
    fc.assert(
      fc.property(
        limitsOf,
        fc.record({
          position: anyNumber,
          goal: fc.option(anyNumber, { nil: undefined }),
          speed: positive(-20, 20),
        }),
        positive(-1e6, 1e6),
        (limits, state, asked) => {
          const plan = planOf(jointRig('velocity', jsonOf(limits)));
          const { speed } = limitJoint(plan, { ...state, slow: 1 }, asked, 0.05);
          expect(Math.abs(speed)).toBeLessThanOrEqual(limits.speed);
          // Whoever is outside, or does not know where it is, moves in or not at all.
          const places = [state.position, state.goal ?? Number.NaN].filter(Number.isFinite);
          if (places.length === 0) expect(speed).toBeCloseTo(0, 12);
          if (Math.max(...places) >= plan.high) expect(speed).toBeLessThanOrEqual(0);
          if (Math.min(...places) <= plan.low) expect(speed).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 120 },
    );
  });

  it('bring a joint that is beyond them back, and no farther out', () => {
    const rig = jointRig('velocity', { position: { limits: [-1, 1] } });
    const guard = new CommandGuard(rig, { plantLimits: [] });
    expect(guard.command([0.5], [1.3], 7)).toEqual({
      action: Float64Array.of(0),
      events: [
        {
          step: 7,
          kind: 'joint-limit',
          message: 'x: 0.5 m/s asked for, 0 m/s given: it is beyond its limit of 1 m and may only come back.',
        },
      ],
    });
    expect([...guard.command([-0.5], [1.3], 8).action]).toEqual([-0.5]);
  });

  it('say which limit of which joint changed what', () => {
    const rig = jointRig('velocity', jsonOf({ low: -1, width: 2, speed: 2, acceleration: 10 }));
    const say = (asked: number, x: number, steps = 1) => {
      const guard = new CommandGuard(rig, { plantLimits: [] });
      let events: { message: string }[] = [];
      for (let i = 0; i < steps; i++) ({ events } = guard.command([asked], [x], 0));
      return events.map(({ message }) => message);
    };
    expect(say(1, 0)).toEqual(['x: 1 m/s asked for, 0.5 m/s given: its acceleration limit is 10 m/s².']);
    expect(say(3, 0, 5)).toEqual(['x: 3 m/s asked for, 2 m/s given: its speed limit is 2 m/s.']);
    expect(say(0.4, 0.97)).toEqual([
      'x: 0.4 m/s asked for, 0.3 m/s given: it must still stop before its limit of 1 m.',
    ]);
    expect(say(0.4, 0)).toEqual([]);
  });

  it('slow a joint near to its limit where the rig file asks for it', () => {
    const plan = planOf(
      jointRig('velocity', { position: { limits: [-1, 1], slowWithin: 0.5 }, velocity: { most: 2 } }),
    );
    const at = (position: number) =>
      limitJoint(plan, { position, goal: position, speed: 2, slow: 1 }, 2, 0.05).speed;
    expect(at(0.4)).toBe(2);
    expect(at(0.75)).toBeCloseTo(1, 9);
    expect(at(0.95)).toBeCloseTo(0.2, 9);
  });
});

describe('a joint that is told positions', () => {
  it('begins where it is, and goes no farther from there than a step, however far the first command lies', () => {
    const rig = jointRig('position', {}, { hold: 40 });
    const guard = new CommandGuard(rig, { plantLimits: [] });
    // A tenth of the range of the command, as the file says nothing else.
    expect([...guard.command([90], [3], 0).action]).toEqual([23]);
    expect([...guard.command([90], [3], 1).action]).toEqual([23]);
    expect([...guard.command([Number.NaN], [3], 2).action]).toEqual([23]);
    guard.rest();
    expect([...guard.command([Number.NaN], [5], 0).action]).toEqual([5]);
    expect([...guard.restTarget([5])]).toEqual([5]);
  });
});

describe('what is observed of a joint', () => {
  const rig = memoryRigFile({
    observations: [
      { name: 'x', unit: 'm', source: { joint: 'x', quantity: 'position' } },
      { name: 'v', unit: 'm/s', source: { joint: 'x', quantity: 'velocity' } },
      { name: 'i', unit: 'A', source: { sensor: 'i' } },
      { name: 't', unit: '°C', source: { sensor: 't' } },
    ],
    actions: [{ name: 'u', unit: 'm/s', limits: [-1, 1], actuator: 'u' }],
    safety: {
      joints: {
        x: {
          command: { action: 'u', sets: 'velocity' },
          observed: { position: 'x', velocity: 'v', current: 'i', temperature: 't' },
          position: { limits: [-1, 1] },
          velocity: { most: 1, holdAbove: 3 },
          current: { most: 2, forSeconds: 0.05 },
          temperature: { slowFrom: 50, most: 60, forSeconds: 0 },
        },
      },
    },
  });
  const watch = (...rows: number[][]) => {
    const guard = new CommandGuard(rig, { plantLimits: [] });
    return rows.map((row) => guard.judge(row, 0)?.message);
  };

  it('brings the rig to hold where it is too far, too fast, too hot or at too high a current for too long', () => {
    expect(watch([0, 0, 0, 20], [1.09, 0, 0, 20], [1.11, 0, 0, 20])).toEqual([
      undefined,
      undefined,
      'x is at 1.11 m, beyond its limits -1 m to 1 m.',
    ]);
    expect(watch([0, -3.5, 0, 20])).toEqual(['x moves at -3.5 m/s, more than 3 m/s.']);
    expect(watch([0, 0, 0, 61])).toEqual(['x: it has 61 °C, more than 60 °C.']);
    const high = [0, 0, -2.5, 20];
    expect(watch(high, high, [0, 0, 1, 20], high, high, high)).toEqual([
      ...[undefined, undefined, undefined, undefined, undefined],
      'x: its current is -2.5 A, more than 2 A.',
    ]);
  });

  it('lets a joint that somebody has brought beyond its limits be moved back', () => {
    expect(watch([1.5, 0, 0, 20], [1.4, 0, 0, 20], [1.55, 0, 0, 20], [1.61, 0, 0, 20])).toEqual([
      ...[undefined, undefined, undefined],
      'x is at 1.61 m, beyond its limits -1 m to 1 m.',
    ]);
  });

  it('slows a joint that gets hot', () => {
    const guard = new CommandGuard(rig, { plantLimits: [] });
    expect([...guard.command([1], [0, 0, 0, 50], 0).action]).toEqual([1]);
    const { action, events } = guard.command([1], [0, 0, 0, 57], 0);
    expect(action[0]).toBeCloseTo(0.3, 12);
    expect(events.map(({ message }) => message)).toEqual([
      'x: 1 m/s asked for, 0.3 m/s given: it is slowed to 30 % as it is hot or its current is high.',
    ]);
  });
});
