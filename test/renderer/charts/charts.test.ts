import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelColour, returnColour, withAlpha } from '../../../src/renderer/charts/colours';
import { DrawQueue } from '../../../src/renderer/charts/draw-queue';
import { isBeyond, leastSpan, logLabels, logTicks, roomyRange } from '../../../src/renderer/charts/scales';

describe('the draw queue', () => {
  function rig(budgetMs: number, cost: number, restMs = 0) {
    let now = 0;
    let frames: (() => void)[] = [];
    const drawn: string[] = [];
    const queue = new DrawQueue(
      { budgetMs, restMs },
      (callback) => frames.push(callback),
      () => now,
    );
    const draw = (name: string) => () => {
      drawn.push(name);
      now += cost;
    };
    const frame = () => {
      const due = frames;
      frames = [];
      for (const callback of due) callback();
      return due.length;
    };
    const wait = (ms: number) => {
      now += ms;
    };
    return { queue, draw, frame, drawn, wait };
  }

  test('draws what fits into a frame, the rest in the next ones, longest waiting first', () => {
    const { queue, draw, frame, drawn } = rig(2, 1);
    const keys = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }));
    for (const key of keys) queue.ask(key, draw(key.name));
    frame();
    expect(drawn).toEqual(['a', 'b']);
    const [a] = keys;
    if (a) queue.ask(a, draw('a again'));
    frame();
    frame();
    expect(drawn).toEqual(['a', 'b', 'c', 'd', 'e', 'a again']);
  });

  test('draws at least one even when one alone is over the budget', () => {
    const { queue, draw, frame, drawn } = rig(2, 50);
    queue.ask({}, draw('slow'));
    queue.ask({}, draw('next'));
    frame();
    expect(drawn).toEqual(['slow']);
  });

  test('lets a chart rest after it was drawn, and never forgets its last state', () => {
    const { queue, draw, frame, drawn, wait } = rig(2, 0, 45);
    const key = {};
    queue.ask(key, draw('first'));
    frame();
    queue.ask(key, draw('second'));
    frame();
    expect(drawn).toEqual(['first']);
    wait(45);
    frame();
    expect(drawn).toEqual(['first', 'second']);
    expect(frame()).toBe(0);
  });

  test('lets a chart rest for as long as it asks to, and others not for that', () => {
    const { queue, draw, frame, drawn, wait } = rig(2, 0, 45);
    const [slow, quick] = [{}, {}];
    for (const name of ['first', 'second']) {
      queue.ask(slow, draw(`slow ${name}`), 95);
      queue.ask(quick, draw(`quick ${name}`));
      frame();
      wait(45);
    }
    frame();
    expect(drawn).toEqual(['slow first', 'quick first', 'quick second']);
    wait(50);
    frame();
    expect(drawn.at(-1)).toBe('slow second');
  });

  test('asks for no frame while there is nothing to draw', () => {
    const { queue, draw, frame } = rig(2, 1);
    expect(frame()).toBe(0);
    const key = {};
    queue.ask(key, draw('x'));
    queue.forget(key);
    frame();
    expect(frame()).toBe(0);
  });

  test('draws a chart once however often it asked, with the newest work', () => {
    const { queue, draw, frame, drawn } = rig(2, 0);
    const key = {};
    queue.ask(key, draw('old'));
    queue.ask(key, draw('new'));
    expect(frame()).toBe(1);
    expect(drawn).toEqual(['new']);
  });
});

describe('colours', () => {
  const luminance = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
      const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };

  test.each([0, 1, 2, 3, 4, 5, 6, 7])('channel %i is readable on both grounds', (index) => {
    expect(contrast(channelColour(index), '#ffffff')).toBeGreaterThanOrEqual(3);
    expect(contrast(channelColour(index), '#1d1f23')).toBeGreaterThanOrEqual(3);
  });

  test('start again after the last one', () => {
    fc.assert(fc.property(fc.nat(1000), (i) => channelColour(i) === channelColour(i + 8)));
  });

  test('of returns grow lighter from the worst to the best, and stay inside outside', () => {
    const light = (share: number) => returnColour(share).reduce((a, b) => a + b, 0);
    for (let i = 0; i < 20; i++) expect(light((i + 1) / 20)).toBeGreaterThan(light(i / 20));
    expect(returnColour(-3)).toEqual(returnColour(0));
    expect(returnColour(Number.NaN)).toEqual(returnColour(0));
    expect(returnColour(7)).toEqual(returnColour(1));
  });

  test('take an opacity', () => {
    expect(withAlpha('#123456', 0)).toBe('#12345600');
    expect(withAlpha('#123456', 1)).toBe('#123456ff');
  });
});

describe('the range of a plot', () => {
  test('shows all of the data and is never narrower than asked', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 10, noNaN: true }),
        (a, b, least) => {
          const [low, high] = roomyRange(Math.min(a, b), Math.max(a, b), least);
          expect(low).toBeLessThanOrEqual(Math.min(a, b));
          expect(high).toBeGreaterThanOrEqual(Math.max(a, b));
          expect(high - low).toBeGreaterThanOrEqual(least);
        },
      ),
    );
  });
  test('is symmetric around zero where there is nothing yet', () => {
    expect(roomyRange(null, null, 2)).toEqual([-1, 1]);
    expect(leastSpan([-2, 3])).toBeCloseTo(0.1);
    expect(leastSpan(null)).toBeGreaterThan(0);
  });
});

describe('labels of a logarithmic axis', () => {
  test('leave out what would lie over the one before, and keep the first', () => {
    const labels = logLabels([1, 2, 3, 5, 7, 10, 15, 25, 35, 50, 75, 100, 150]);
    expect(labels[0]).toBe('1');
    expect(labels.filter((label) => label !== '')).toEqual(['1', '2', '5', '10', '25', '50', '100']);
  });

  test('of one tick is that tick', () => {
    expect(logLabels([5])).toEqual(['5']);
  });
});

describe('a logarithmic axis', () => {
  test('has a handful of round ticks, all inside, however far it reaches', () => {
    expect(logTicks(0.002, 0.06)).toEqual([0.002, 0.005, 0.01, 0.02, 0.05]);
    fc.assert(
      fc.property(
        fc.double({ min: -6, max: 6, noNaN: true }),
        fc.double({ min: 0.5, max: 18, noNaN: true }),
        (exponent, span) => {
          const [low, high] = [10 ** exponent, 10 ** (exponent + span)];
          const ticks = logTicks(low, high);
          expect(ticks.length).toBeGreaterThan(0);
          expect(ticks.length).toBeLessThan(11);
          expect(ticks.every((tick) => tick >= low && tick <= high)).toBe(true);
        },
      ),
    );
  });
});

describe('a value beyond its limits', () => {
  test('is told from one at them, and from one that is not known', () => {
    expect(isBeyond(2.41, [-2.4, 2.4])).toBe(true);
    expect(isBeyond(-2.41, [-2.4, 2.4])).toBe(true);
    expect(isBeyond(Math.fround(2.4), [-2.4, 2.4])).toBe(false);
    expect(isBeyond(0, [-2.4, 2.4])).toBe(false);
    expect(isBeyond(Number.NaN, [-2.4, 2.4])).toBe(false);
    expect(isBeyond(1e9, null)).toBe(false);
  });
});
