import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DYNAMIXEL } from '../../../../src/main/rig/drivers/dynamixel/family';
import { FEETECH } from '../../../../src/main/rig/drivers/feetech/family';
import { CalibratedJoint } from '../../../../src/main/rig/drivers/servo-bus/calibration/joint';
import { limitsOf } from '../../../../src/main/rig/drivers/servo-bus/calibration/solve';
import { BusMotor } from '../../../../src/main/rig/drivers/servo-bus/motors';
import { ServoMotor } from '../../../../src/shared/servos';

const TURN = 4096;
const RAD = (2 * Math.PI) / TURN;
const modulo = (value: number) => ((value % TURN) + TURN) % TURN;

const joint = (model: string, more: Partial<ServoMotor> = {}) => {
  const family = model === 'sts3215' ? FEETECH : DYNAMIXEL;
  const settings = ServoMotor.parse({ id: 1, model, limits: [-3.1, 3.1], ...more });
  return new BusMotor('joint', family.models[model]!, settings);
};

/** Readings of a joint that goes from its home pose to both its stops and back, encoder counts. */
function path(home: number, low: number, high: number): number[] {
  const way: number[] = [home];
  for (const end of [low, high, home]) {
    let at = way.at(-1)!;
    while (at !== end) {
      at += Math.max(-1000, Math.min(1000, end - at));
      way.push(at);
    }
  }
  return way;
}

const travels = fc
  .record({
    low: fc.integer({ min: -3 * TURN, max: 3 * TURN }),
    travel: fc.integer({ min: 200, max: TURN - 300 }),
    homeShare: fc.double({ min: 0, max: 1, noNaN: true }),
    atShare: fc.double({ min: 0, max: 1, noNaN: true }),
    offset: fc.integer({ min: -2047, max: 2047 }),
    direction: fc.constantFrom(1 as const, -1 as const),
    homeAngle: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
    turns: fc.integer({ min: -2, max: 2 }),
  })
  .map(({ homeShare, atShare, travel, low, ...rest }) => ({
    ...rest,
    low,
    high: low + travel,
    home: low + Math.round(homeShare * travel),
    at: low + Math.round(atShare * travel),
  }));

describe('a calibrated joint', () => {
  it('says its angle for every travel, place of the wrap, home pose and offset, of a Feetech motor', () => {
    fc.assert(
      fc.property(travels, ({ low, high, home, at, offset, direction, homeAngle }) => {
        const motor = joint('sts3215', { direction, home: homeAngle });
        const one = new CalibratedJoint(motor, { homingOffset: offset, low: 0, high: 4095 }, false, 0);
        path(home, low, high).forEach((encoder, i) => {
          one.take(modulo(encoder - offset), i * 0.05);
        });
        one.home();
        const { motor: solved, limits } = one.solved!;
        expect(Math.abs(solved!.homingOffset!)).toBeLessThanOrEqual(2047);
        expect(solved!.range[0]).toBeGreaterThanOrEqual(0);
        expect(solved!.range[1]).toBeLessThanOrEqual(4095);
        expect(solved!.range[1] - solved!.range[0]).toBe(high - low);
        motor.use({ motor: solved!, limits: limits ?? [-4, 4] });
        const angle = motor.placed(modulo(at - solved!.homingOffset!));
        expect(angle).toBeCloseTo(homeAngle + direction * (at - home) * RAD, 2);
        expect(Math.abs(angle - homeAngle - direction * (at - home) * RAD)).toBeLessThanOrEqual(RAD);
        // A goal at this angle is where the joint is.
        expect(motor.counts(angle)).toBe(modulo(at - solved!.homingOffset!));
      }),
      { numRuns: 300 },
    );
  });

  it('says its angle of a Dynamixel motor that counts turns, and after a restart counts others', () => {
    fc.assert(
      fc.property(travels, ({ low, high, home, at, offset, direction, homeAngle, turns }) => {
        const motor = joint('xl330-m288', { direction, home: homeAngle });
        const one = new CalibratedJoint(motor, { homingOffset: offset, low: 0, high: 4095 }, false, 0);
        path(home, low, high).forEach((encoder, i) => {
          one.take(encoder + offset + turns * TURN, i * 0.05);
        });
        one.home();
        const { motor: solved, limits } = one.solved!;
        expect(solved!.range[0]).toBeGreaterThanOrEqual(0);
        expect(solved!.range[1]).toBeLessThanOrEqual(4095);
        motor.use({ motor: solved!, limits: limits ?? [-4, 4] });
        const counts = modulo(at) + solved!.homingOffset!;
        const angle = motor.placed(counts);
        expect(Math.abs(angle - homeAngle - direction * (at - home) * RAD)).toBeLessThanOrEqual(RAD);
        expect(motor.counts(angle)).toBe(counts);
      }),
      { numRuns: 300 },
    );
  });

  it('writes no offset that a Dynamixel motor in position control would not obey, and refuses a wrap in the travel', () => {
    fc.assert(
      fc.property(travels, ({ low, high, home, at, direction }) => {
        const motor = joint('xl330-m288', { direction });
        const one = new CalibratedJoint(motor, { homingOffset: 0, low: 0, high: 4095 }, true, 0);
        path(home, low, high).forEach((encoder, i) => {
          one.take(encoder, i * 0.05);
        });
        one.home();
        const { motor: solved, limits, findings } = one.solved!;
        const wraps = Math.floor(low / TURN) !== Math.floor(high / TURN);
        if (wraps) {
          expect(solved).toBeUndefined();
          expect(findings[0]!.message).toMatch(/wrap of its encoder lies in its travel/);
          return;
        }
        expect(Math.abs(solved!.homingOffset!)).toBeLessThanOrEqual(1024);
        expect(solved!.range[0]).toBeGreaterThanOrEqual(0);
        expect(solved!.range[1]).toBeLessThanOrEqual(4095);
        motor.use({ motor: solved!, limits: limits ?? [-4, 4] });
        const angle = motor.placed(modulo(at) + solved!.homingOffset!);
        expect(Math.abs(angle - direction * (at - home) * RAD)).toBeLessThanOrEqual(RAD);
      }),
      { numRuns: 300 },
    );
  });

  it('that turns all the way round has its wrap opposite of the home pose, and stays away from it', () => {
    const motor = joint('sts3215', { limits: [-3.1, 3.1] });
    const one = new CalibratedJoint(motor, { homingOffset: 0, low: 0, high: 4095 }, false, 0);
    path(4000, 4000, 4000 + 4200).forEach((encoder, i) => {
      one.take(modulo(encoder), i * 0.05);
    });
    path(8200, 8000, 8200).forEach((encoder, i) => {
      one.take(modulo(encoder), 10 + i * 0.05);
    });
    one.home();
    const { motor: solved, limits } = one.solved!;
    expect(solved).toMatchObject({ fullTurn: true, range: [0, 4095] });
    expect(solved!.zero).toBe(2048);
    expect(limits![0]).toBeGreaterThan(-Math.PI + 0.15);
    expect(limits![1]).toBeLessThan(Math.PI - 0.15);
    expect(one.solved!.findings.map(({ message }) => message).join()).toMatch(/all the way round/);
  });

  it('that was not moved is not calibrated, and one that was moved a little is told so', () => {
    const still = new CalibratedJoint(joint('sts3215'), { homingOffset: 0, low: 0, high: 4095 }, false, 0);
    for (let i = 0; i < 5; i++) still.take(1000 + i, i * 0.05);
    still.home();
    expect(still.solved!.motor).toBeUndefined();
    expect(still.progress(0.2).findings[0]!.message).toMatch(/has not been moved/);
    const little = new CalibratedJoint(joint('sts3215'), { homingOffset: 0, low: 0, high: 4095 }, false, 0);
    path(2048, 1500, 2500).forEach((encoder, i) => {
      little.take(encoder, i * 0.05);
    });
    little.home();
    expect(little.progress(0.4).findings[0]!.message).toMatch(
      /moved through 88°, and the rig file allows 355°/,
    );
  });

  it('that was somewhere else between two readings is to be moved again', () => {
    const one = new CalibratedJoint(joint('sts3215'), { homingOffset: 0, low: 0, high: 4095 }, false, 0);
    one.take(100, 0);
    one.take(2000, 0.05);
    expect(one.progress(0.06).findings[0]!.message).toMatch(/somewhere else between two readings/);
    one.again();
    path(2000, 1000, 3000).forEach((encoder, i) => {
      one.take(encoder, 0.1 + i * 0.05);
    });
    one.home();
    expect(one.solved!.motor).toBeDefined();
  });

  it('whose travel fits the rig file better mirrored is told so', () => {
    const motor = joint('sts3215', { limits: [-0.15, 1.7] });
    const one = new CalibratedJoint(motor, { homingOffset: 0, low: 0, high: 4095 }, false, 0);
    path(2048, 1000, 2100).forEach((encoder, i) => {
      one.take(encoder, i * 0.05);
    });
    one.home();
    expect(one.solved!.findings.map(({ message }) => message).join()).toMatch(/the other way round/);
    one.reversed = true;
    one.home();
    expect(one.solved!.findings.filter(({ weight }) => weight !== 'says')).toEqual([]);
    expect(one.solved!.limits![0]).toBeCloseTo(-0.0623, 3);
  });

  it('is never told to go outside of its travel, nor outside of what the rig file says', () => {
    const motor = joint('sts3215', { limits: [-1, 1] });
    const wide = {
      id: 1,
      model: 'sts3215',
      direction: 1,
      zero: 2048,
      homingOffset: 0,
      fullTurn: false,
    } as const;
    expect(limitsOf(motor, { ...wide, range: [500, 3500] }, true)).toEqual([-1, 1]);
    const [low, high] = limitsOf(motor, { ...wide, range: [2000, 2100] }, true);
    expect(low).toBeGreaterThan(-0.075);
    expect(high).toBeLessThan(0.08);
  });
});
