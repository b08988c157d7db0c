import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitterRing } from '../../src/main/control/jitter';
import { MAX_SLEW, PHASE_MARGIN, PhaseEstimator } from '../../src/main/control/phase';
import { Schedule, type Tick } from '../../src/main/control/schedule';
import { ManualClock } from './manual-clock';

function collect(clock: ManualClock, precise = true) {
  const ticks: Tick[] = [];
  const schedule = new Schedule(
    clock,
    0.02,
    (tick) => ticks.push(tick),
    () => precise,
  );
  return { ticks, schedule };
}

describe('schedule', () => {
  it('does not drift: after 1000 periods of wrong timers it is where it should be', async () => {
    const clock = new ManualClock();
    const start = clock.now();
    let call = 0;
    clock.timerError = () => ((call++ * 7919) % 2000) * 1e-6 - 0.001;
    const { ticks, schedule } = collect(clock);
    schedule.start(start + 0.02);
    await clock.run(20.01);
    expect(ticks).toHaveLength(1000);
    expect(ticks[999]?.deadline).toBeCloseTo(start + 20, 9);
  });

  it('polls to the deadline, so a tick is late by less than a poll although timers are late by a millisecond', async () => {
    const clock = new ManualClock();
    clock.timerError = () => 0.001;
    const { ticks, schedule } = collect(clock);
    schedule.start(clock.now() + 0.02);
    await clock.run(1);
    expect(ticks.length).toBeGreaterThan(48);
    for (const { latenessSeconds } of ticks) {
      expect(latenessSeconds).toBeGreaterThanOrEqual(0);
      expect(latenessSeconds).toBeLessThan(30e-6);
    }
  });

  it('naps between two looks while the deadline is far, and is awake when it comes', async () => {
    const clock = new ManualClock();
    clock.napError = 0.0001;
    const { ticks, schedule } = collect(clock);
    schedule.start(clock.now() + 0.02);
    await clock.run(1);
    expect(clock.naps.length).toBeGreaterThan(ticks.length);
    for (const { deadline, latenessSeconds } of ticks) {
      expect(latenessSeconds).toBeLessThan(30e-6);
      expect(clock.naps.some((end) => end > deadline && end < deadline + 0.01)).toBe(false);
    }
  });

  it('stays awake where naps are far too long, after the few by which it learns that', async () => {
    const clock = new ManualClock();
    clock.napError = 0.005;
    const { ticks, schedule } = collect(clock);
    schedule.start(clock.now() + 0.02);
    await clock.run(3);
    const late = ticks.filter(({ latenessSeconds }) => latenessSeconds > 30e-6);
    expect(late.length).toBeGreaterThan(0);
    expect(late.length).toBeLessThan(0.08 * ticks.length);
    expect(clock.naps).toHaveLength(late.length);
  });

  it('never ticks before the deadline, even when a timer fires early', async () => {
    const clock = new ManualClock();
    clock.timerError = () => -0.001;
    const { ticks, schedule } = collect(clock, false);
    schedule.start(clock.now() + 0.02);
    await clock.run(0.5);
    expect(ticks.length).toBeGreaterThan(20);
    expect(Math.min(...ticks.map((tick) => tick.latenessSeconds))).toBeGreaterThanOrEqual(0);
  });

  it('skips the ticks it has missed, says how many, and goes on in the old rhythm', async () => {
    const clock = new ManualClock();
    const start = clock.now();
    const { ticks, schedule } = collect(clock);
    schedule.start(start + 0.02);
    await clock.run(0.021);
    clock.stall(0.07);
    await clock.run(0.04);
    expect(ticks.map((tick) => tick.skipped)).toEqual([0, 2, 0, 0]);
    expect(ticks[1]?.latenessSeconds).toBeCloseTo(0.051, 4);
    expect(ticks[2]?.deadline).toBeCloseTo(start + 0.1, 9);
  });

  it('can be stopped and started from within a tick', async () => {
    const clock = new ManualClock();
    let ticks = 0;
    const schedule: Schedule = new Schedule(
      clock,
      0.02,
      () => {
        ticks += 1;
        if (ticks === 2) schedule.start(clock.now() + 0.1);
        if (ticks === 3) schedule.stop();
      },
      () => true,
    );
    schedule.start(clock.now() + 0.02);
    await clock.run(0.139);
    expect(ticks).toBe(2);
    await clock.run(1);
    expect(ticks).toBe(3);
  });
});

describe('phase', () => {
  it('puts the tick the margin after nearly all arrivals, for any phase and any jitter below a tenth of the period', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.02, maxExcluded: true, noNaN: true }),
        fc.array(fc.double({ min: -0.002, max: 0.002, noNaN: true }), { minLength: 64, maxLength: 64 }),
        (phase, jitter) => {
          const estimator = new PhaseEstimator(0.02);
          const arrivals = jitter.map((late, i) => 1000 + i * 0.02 + phase + late);
          for (const arrival of arrivals) estimator.push(arrival);
          const tick = 1000 + phase;
          const wanted = tick + (estimator.error(tick) ?? Number.NaN);
          // Seen from the tick of its own period, an arrival is this much earlier.
          const ahead = arrivals.map((arrival, i) => wanted + i * 0.02 - arrival);
          const inTime = ahead.filter((seconds) => seconds >= PHASE_MARGIN * 0.02 - 1e-9);
          expect(inTime.length).toBeGreaterThanOrEqual(0.95 * 64 - 1);
          expect(wanted - tick).toBeLessThanOrEqual(0.002 + PHASE_MARGIN * 0.02 + 1e-9);
        },
      ),
    );
  });

  it('has no opinion about arrivals without a rhythm, and about too few', () => {
    const estimator = new PhaseEstimator(0.02);
    for (let i = 0; i < 4; i++) estimator.push(i * 0.02);
    expect(estimator.error(1)).toBeUndefined();
    // Four times the rate: every fourth of the period has as many.
    for (let i = 0; i < 64; i++) estimator.push(i * 0.005);
    expect(estimator.error(1)).toBeUndefined();
    expect(estimator.slew(1)).toBe(0);
  });

  it('follows a device whose clock is 200 ppm fast, and never moves a tick by more than 1 % of the period', async () => {
    const clock = new ManualClock();
    const estimator = new PhaseEstimator(0.02);
    const devicePeriod = 0.02 * (1 - 200e-6);
    let arrival = clock.now() + 0.013;
    const margins: number[] = [];
    const schedule: Schedule = new Schedule(
      clock,
      0.02,
      (tick) => {
        while (arrival + devicePeriod <= tick.now) {
          arrival += devicePeriod;
          estimator.push(arrival);
        }
        margins.push(tick.deadline - arrival);
        const slew = estimator.slew(tick.deadline);
        expect(Math.abs(slew)).toBeLessThanOrEqual(MAX_SLEW * 0.02);
        schedule.slew(slew);
      },
      () => true,
    );
    schedule.start(clock.now() + 0.02);
    await clock.run(40);
    const settledMargins = margins.slice(500);
    expect(settledMargins.length).toBeGreaterThan(1000);
    expect(Math.min(...settledMargins)).toBeGreaterThan(0.001);
    expect(Math.max(...settledMargins)).toBeLessThan(0.003);
  });
});

describe('jitter', () => {
  it('knows the median, the 99th percentile and the worst of the last ticks, early ones as far off as late ones', () => {
    const ring = new JitterRing(100);
    expect(ring.summary()).toBeNull();
    for (let i = 0; i < 50; i++) ring.push(9);
    for (let i = 1; i <= 100; i++) ring.push(i % 2 ? i / 1000 : -i / 1000);
    expect(ring.summary()).toEqual({ p50: 50, p99: 99, max: 100, ticks: 100 });
  });
});
