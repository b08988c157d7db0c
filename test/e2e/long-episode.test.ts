import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from './journey';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

const ROWS = 100_000;
/** One sample that stands out. */
const PEAK = { row: 77_777, value: 99 };

function importLong(workspace: string): void {
  const file = join(tmpdir(), `foresight-long-${process.pid}.csv`);
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const q = row === PEAK.row ? PEAK.value : Math.sin(row / 5000);
    return `${(row / 100).toFixed(2)},${q},${row % 7}`;
  });
  writeFileSync(file, ['time,q,u', ...lines].join('\n'));
  cli(
    'import',
    file,
    '--name',
    'long',
    '--time',
    'time',
    '--observation',
    'q',
    '--action',
    'u',
    '--data',
    workspace,
  );
  rmSync(file);
}

describe.skipIf(skipDesktop)('an episode of a hundred thousand rows', () => {
  const stage = desktopStage('long-episode', { fill: importLong });
  const step = () => stage.journey.at('scrubber').getAttribute('aria-valuenow');

  it('is shown whole, and its last row is read when it is gone to', async () => {
    await stage.journey.at('nav-episodes').click();
    await stage.journey.showEpisode(1);
    await stage.journey.at('episode-detail').waitFor();
    await stage.journey.at('scrubber').focus();
    await stage.desktop.page.keyboard.press('End');
    await expect.poll(step).toBe(String(ROWS - 1));
    await expect.poll(() => stage.journey.at('reading-q').textContent()).toMatch(/\d/);
    expect(await stage.journey.at('problem').count()).toBe(0);
    await stage.journey.screenshot('whole');
  });

  it('is zoomed into, and moves along with the row', async () => {
    await stage.desktop.page.keyboard.press('Home');
    for (let i = 0; i < 12; i++) await stage.journey.at('zoom-in').click();
    await stage.journey.at('scrubber-shown').waitFor();
    await stage.journey.at('scrubber').focus();
    for (let i = 0; i < 3; i++) await stage.desktop.page.keyboard.press('PageDown');
    await expect.poll(step).toBe('75');
    // Row 75 of a channel that counts to seven.
    await expect.poll(() => stage.journey.at('reading-u').textContent()).toMatch(/^5/);
    await stage.journey.screenshot('part');
    await stage.journey.at('zoom-whole').click();
    await expect.poll(() => stage.journey.at('scrubber-shown').count()).toBe(0);
  });
});
