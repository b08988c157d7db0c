import { describe, expect, it } from 'vitest';
import { cli } from './journey';
import { chromium, rootFlags, skipBrowser } from './runtimes';

describe.skipIf(skipBrowser)('the window bench', () => {
  it('starts, walks through the rooms and looks at a run, in a browser of its own', () => {
    const browser = ['--browser', String(chromium), ...rootFlags.map((flag) => `--browser-arg=${flag}`)];
    const report = cli('bench', 'window', '--rounds', '1', '--seconds', '2', ...browser);
    expect(report).toMatchObject({
      rows: [{ times: 1 }, { times: 2 }, { times: 9 }],
      frames: { p99: expect.any(Number), thread: { p99: expect.any(Number) } },
    });
    expect((report as { frames: { frames: number } }).frames.frames).toBeGreaterThan(5);
  });
});
