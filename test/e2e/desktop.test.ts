import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDesktop } from './desktop';
import { episodesIn, Journey } from './journey';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

describe.skipIf(skipDesktop)('the desktop window', () => {
  const stage = desktopStage('desktop');

  it('connects a cart-pole on a serial port and shows its channels', async () => {
    await stage.journey.connect();
    await expect.poll(() => stage.journey.at('value-cart_position').textContent()).toMatch(/\d/);
    await stage.journey.screenshot('rig');
  });

  it('records random motion', async () => {
    await stage.journey.record(15, stage.workspace);
    await stage.journey.screenshot('recorded');
    const recorded = episodesIn(stage.workspace).filter(({ state }) => state === 'complete');
    expect(recorded).toHaveLength(15);
    for (const { source, steps } of recorded) {
      expect(source).toBe('random');
      expect(steps).toBeGreaterThan(5);
    }
  });

  it('learns from it, lets the model drive, and learns again from what went wrong', async () => {
    await stage.journey.balance(stage.workspace);
  });

  it('shows the run in the list of episodes, step by step', async () => {
    await stage.journey.at('nav-episodes').click();
    const run = episodesIn(stage.workspace).at(-1);
    await stage.journey.showEpisode(run?.id);
    await stage.journey.at('episode-detail').waitFor();
    await stage.journey.at('play').click();
    await expect.poll(() => stage.journey.at('scrub-step').textContent()).toMatch(/step [1-9]\d/);
    await stage.journey.screenshot('episode');
  });

  it('exports the model as one ONNX file', async () => {
    const file = await stage.journey.exportModel();
    await stage.journey.screenshot('exported');
    expect(statSync(file).size).toBeGreaterThan(10_000);
  });

  it('shows everything again after a second start on the same workspace', async () => {
    const before = episodesIn(stage.workspace);
    await stage.desktop.close();
    stage.desktop = await openDesktop(stage.workspace);
    stage.journey = new Journey(stage.desktop.page, 'second-start');
    await stage.journey.at('nav-episodes').click();
    await stage.journey.at(`episode-${before.at(-1)?.id}`).waitFor();
    await stage.journey.at('nav-models').click();
    await stage.journey.at('model-list').getByText('round 1', { exact: true }).waitFor();
    await stage.journey.screenshot('models');
    expect(episodesIn(stage.workspace)).toEqual(before);
  });
});
