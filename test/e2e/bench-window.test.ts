import { describe, expect, it } from 'vitest';
import type { WindowReport } from '../../src/main/bench/window/window';
import { cli } from './journey';
import { chromium, rootFlags, skipBrowser } from './runtimes';

describe.skipIf(skipBrowser)('the window bench', () => {
  it('starts, walks through the rooms, scrubs through an episode and looks at a run, in a browser of its own', () => {
    const browser = ['--browser', String(chromium), ...rootFlags.map((flag) => `--browser-arg=${flag}`)];
    const report = cli('bench', 'window', '--rounds', '1', '--seconds', '2', ...browser);
    expect(report).toMatchObject({
      rows: [{ times: 1 }, { times: 2 }, { times: 9 }],
      frames: { p99: expect.any(Number), thread: { p99: expect.any(Number) } },
      scrubbing: { shown: { p50: expect.any(Number) }, picture: { p50: expect.any(Number) } },
    });
    const { frames, scrubbing } = report as Pick<WindowReport, 'frames' | 'scrubbing'>;
    expect(frames.frames).toBeGreaterThan(5);
    expect(scrubbing.picturesPerSecond).toBeGreaterThan(0);
  });
});
