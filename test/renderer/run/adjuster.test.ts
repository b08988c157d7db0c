import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Adjustable, Adjuster } from '../../../src/renderer/run/adjuster';
import { PropagationOptions } from '../../../src/shared/plan';

const truth = (parts: Partial<PropagationOptions>) => PropagationOptions.parse(parts);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function controls(answer: () => Promise<unknown> = async () => {}) {
  const sent: Adjustable[] = [];
  const refused: unknown[] = [];
  let shown: Adjustable = {};
  const adjuster = new Adjuster({
    send: (adjustment) => {
      sent.push(adjustment);
      return answer();
    },
    refused: (error) => refused.push(error),
    changed: (pending) => {
      shown = pending;
    },
  });
  return { adjuster, sent, refused, shown: () => shown };
}

describe('a live control', () => {
  test('shows at once what was set, and sends it once when the hand rests', async () => {
    const { adjuster, sent, shown } = controls();
    for (const pessimism of [1, 2, 3]) {
      adjuster.want({ pessimism });
      await vi.advanceTimersByTimeAsync(100);
      expect(shown()).toEqual({ pessimism });
    }
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent).toEqual([{ pessimism: 3 }]);
  });

  test('sends what was set on several of them together', async () => {
    const { adjuster, sent } = controls();
    adjuster.want({ objective: 'cvar' });
    adjuster.want({ risk: 0.1 });
    await vi.advanceTimersByTimeAsync(200);
    expect(sent).toEqual([{ objective: 'cvar', risk: 0.1 }]);
  });

  test('is pending until the core says that it plans with it', async () => {
    const { adjuster, shown } = controls();
    adjuster.want({ pessimism: 3 });
    await vi.advanceTimersByTimeAsync(200);
    adjuster.told(truth({ pessimism: 1 }));
    expect(shown()).toEqual({ pessimism: 3 });
    adjuster.told(truth({ pessimism: 3 }));
    expect(shown()).toEqual({});
  });

  test('does not jump back when the core confirms an earlier value while the hand goes on', async () => {
    const { adjuster, shown } = controls();
    adjuster.want({ particles: 4 });
    await vi.advanceTimersByTimeAsync(200);
    adjuster.want({ particles: 9 });
    adjuster.told(truth({ particles: 4 }));
    expect(shown()).toEqual({ particles: 9 });
  });

  test('goes back when it is refused, and the refusal is said', async () => {
    const { adjuster, refused, shown } = controls(() => Promise.reject(new Error('no')));
    adjuster.want({ pessimism: 3 });
    await vi.advanceTimersByTimeAsync(200);
    expect(refused).toEqual([new Error('no')]);
    expect(shown()).toEqual({});
  });

  test('keeps what was set since when an earlier value is refused', async () => {
    let refuse: (error: Error) => void = () => {};
    const { adjuster, shown } = controls(
      () =>
        new Promise((_, reject) => {
          refuse = reject;
        }),
    );
    adjuster.want({ pessimism: 3 });
    await vi.advanceTimersByTimeAsync(200);
    adjuster.want({ pessimism: 5 });
    refuse(new Error('no'));
    await vi.advanceTimersByTimeAsync(1);
    expect(shown()).toEqual({ pessimism: 5 });
  });

  test('gives way to the truth when that never becomes what was accepted', async () => {
    const { adjuster, shown } = controls();
    adjuster.want({ particles: 50 });
    await vi.advanceTimersByTimeAsync(200);
    adjuster.told(truth({ particles: 20 }));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(shown()).toEqual({});
  });

  test('wants nothing any more when the run has ended', async () => {
    const { adjuster, sent, shown } = controls();
    adjuster.want({ pessimism: 3 });
    adjuster.told(null);
    await vi.advanceTimersByTimeAsync(200);
    expect(shown()).toEqual({});
    expect(sent).toEqual([]);
  });
});
