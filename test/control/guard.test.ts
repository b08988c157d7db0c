import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardAction, guardObservation, holdAction } from '../../src/main/control/guard';
import { nearestValue } from '../../src/shared/discrete';
import { ActionChannel } from '../../src/shared/rig';
import { memoryRigFile } from './memory-rig';

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, 1e308));
const channel = fc
  .record({
    low: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    width: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    rate: fc.option(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { nil: undefined }),
    hold: fc.double({ min: -2e6, max: 2e6, noNaN: true }),
  })
  .filter(({ low, width }) => low + width > low)
  .map(({ low, width, rate, hold }) =>
    ActionChannel.parse({ name: 'u', unit: 'N', limits: [low, low + width], hold, ratePerSecond: rate }),
  );

describe('guard', () => {
  it('lets out only what is finite, within the limits and within the rate, whatever comes in', () => {
    fc.assert(
      fc.property(
        fc.array(channel, { minLength: 1, maxLength: 4 }),
        fc.array(fc.array(anyNumber, { maxLength: 5 }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 1e-3, max: 1, noNaN: true }),
        (channels, requests, period) => {
          let previous = holdAction(channels);
          for (const [step, requested] of requests.entries()) {
            const { action } = guardAction(channels, period, previous, requested, step);
            expect(action).toHaveLength(channels.length);
            channels.forEach(({ limits: [low, high], ratePerSecond }, i) => {
              const value = action[i];
              expect(Number.isFinite(value)).toBe(true);
              expect(value).toBeGreaterThanOrEqual(low);
              expect(value).toBeLessThanOrEqual(high);
              if (ratePerSecond !== undefined) {
                const change = Math.abs(value - previous[i]);
                // Room for the rounding of one subtraction.
                expect(change).toBeLessThanOrEqual(
                  ratePerSecond * period + 1e-9 * Math.max(1, Math.abs(value)),
                );
              }
            });
            previous = action;
          }
        },
      ),
    );
  });

  it('passes on unchanged, and without an event, what is allowed', () => {
    const [u] = memoryRigFile().actions;
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (value) => {
        const { action, events } = guardAction([u!], 0.02, Float64Array.of(0), [value], 3);
        expect(action[0]).toBe(value);
        expect(events).toEqual([]);
      }),
    );
  });

  it("says what it clipped, in the channel's unit", () => {
    const { actions } = memoryRigFile();
    const { action, events } = guardAction(actions, 0.02, Float64Array.of(0), [12.5], 3);
    expect([...action]).toEqual([1]);
    expect(events).toEqual([
      { step: 3, kind: 'guard-clip', message: 'u: 12.5 N asked for, clipped to 1 N.' },
    ]);
  });

  it('refuses what is no number and goes to the hold value instead, at the allowed rate', () => {
    const { actions } = memoryRigFile({
      actions: [{ name: 'u', unit: 'N', limits: [-1, 1], actuator: 'u', ratePerSecond: 10 }],
    });
    const { action, events } = guardAction(actions, 0.02, Float64Array.of(1), [Number.NaN], 0);
    expect([...action]).toEqual([0.8]);
    expect(events.map((event) => event.kind)).toEqual(['guard-clip', 'guard-rate']);
  });

  it('gives a discrete channel one of its values, the nearest, in reach of its rate, whatever comes in', () => {
    const discrete = fc
      .record({
        list: fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 8 }),
        rate: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
      })
      .map(({ list, rate }) => {
        const values = list.sort((a, b) => a - b);
        // As the rig file's check demands: the next value is always in reach.
        const furthest = Math.max(...values.slice(1).map((v, i) => v - (values[i] ?? 0)));
        return ActionChannel.parse({
          ...{ name: 'u', unit: 'N', limits: [-50, 50], values, hold: values[0] },
          ratePerSecond: rate === undefined ? undefined : furthest * rate,
        });
      });
    fc.assert(
      fc.property(discrete, fc.array(anyNumber, { minLength: 1, maxLength: 20 }), (channel, requests) => {
        const values = channel.values ?? [];
        let previous = holdAction([channel]);
        for (const asked of requests) {
          const { action } = guardAction([channel], 1, previous, [asked], 0);
          const value = action[0];
          expect(values).toContain(value);
          const reach = channel.ratePerSecond ?? Number.POSITIVE_INFINITY;
          expect(Math.abs(value - previous[0])).toBeLessThanOrEqual(reach);
          if (Number.isFinite(asked)) {
            // None in reach is nearer to the value that would have been right.
            const right = nearestValue(values, asked);
            const best = Math.min(
              ...values.filter((v) => Math.abs(v - previous[0]) <= reach).map((v) => Math.abs(v - right)),
            );
            expect(Math.abs(value - right)).toBe(best);
          }
          previous = action;
        }
      }),
    );
  });

  it('says which value it gave instead of one that there is not, and nothing about float32', () => {
    const actions = [
      ActionChannel.parse({ name: 'valve', unit: 'V', limits: [0, 1], values: [0, 0.1, 1], hold: 0 }),
    ];
    const ask = (value: number) => guardAction(actions, 0.02, Float64Array.of(0), [value], 4);
    expect(ask(0.7)).toEqual({
      action: Float64Array.of(1),
      events: [
        {
          step: 4,
          kind: 'guard-clip',
          message: 'valve: 0.7 V asked for, no value it can have; 1 V instead.',
        },
      ],
    });
    expect(ask(Math.fround(0.1))).toEqual({ action: Float64Array.of(0.1), events: [] });
  });

  it('holds for an observation outside its limits only where the rig file asks for it', () => {
    const free = memoryRigFile();
    const strict = memoryRigFile({ safety: { holdOutsideLimits: true } });
    expect(guardObservation(free, [7], 2)).toBeUndefined();
    expect(guardObservation(strict, [5], 2)).toBeUndefined();
    expect(guardObservation(strict, [7], 2)).toEqual({
      step: 2,
      kind: 'outside-limits',
      message: 'x is at 7 m, outside its limits -5 to 5.',
    });
  });

  it('holds for an observation that is no number on every rig', () => {
    expect(guardObservation(memoryRigFile(), [Number.NaN], 0)?.kind).toBe('outside-limits');
    expect(guardObservation(memoryRigFile(), [], 0)?.kind).toBe('outside-limits');
  });
});
