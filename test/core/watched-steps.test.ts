import { describe, expect, it } from 'vitest';
import { lastStep, recordedSteps } from '../../src/main/core/adaptation/watched-steps';

const SHAPE = { observations: 1, actions: 1, history: 2, periodSeconds: 0.1 };
const row = (value: number, deviceSeconds = value * 0.1) => ({
  observation: [value],
  action: [value * 10],
  deviceSeconds,
});

describe('steps that are compared with a model', () => {
  it('carry the model’s history, oldest first', () => {
    expect(lastStep([row(1), row(2), row(3), row(4)], SHAPE)).toEqual({
      observations: [[2], [3]],
      actions: [[20], [30]],
      next: [4],
    });
  });

  it('are left out while an episode is too young for the history', () => {
    expect(lastStep([row(1), row(2)], SHAPE)).toBeNull();
  });

  it('are left out where an observation came twice or late: the model never learned such a step', () => {
    expect(lastStep([row(1), row(2), row(3, 0.2)], SHAPE)).toBeNull();
    expect(lastStep([row(1), row(2, 0.35), row(3, 0.45)], SHAPE)).toBeNull();
  });

  it('come from recorded episodes the same way, evenly spread up to a limit', () => {
    const values = Float64Array.from({ length: 101 }, (_, i) => i);
    const episode = {
      id: 1,
      columns: {
        rows: 101,
        observations: values,
        actions: values.map((v) => v * 10),
        deviceSeconds: values.map((v) => v * 0.1),
      },
    };
    const all = recordedSteps([episode], SHAPE, 1000);
    expect(all).toHaveLength(99);
    expect(all[0]).toEqual({ observations: [[0], [1]], actions: [[0], [10]], next: [2] });
    const some = recordedSteps([episode, episode], SHAPE, 20);
    expect(some).toHaveLength(20);
    expect(some.at(-1)!.next[0]).toBeGreaterThan(85);
  });
});
