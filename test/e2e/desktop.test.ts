import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Desktop, openDesktop } from './desktop';
import { episodesIn, Journey } from './journey';
import { skipDesktop } from './runtimes';

describe.skipIf(skipDesktop)('the desktop window', () => {
  let workspace: string;
  let desktop: Desktop;
  let journey: Journey;

  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'foresight-e2e-'));
    desktop = await openDesktop(workspace);
    journey = new Journey(desktop.page, 'desktop');
  });
  afterAll(async () => {
    await desktop?.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  it('connects a cart-pole on a serial port and shows its channels', async () => {
    await journey.connect();
    await expect.poll(() => journey.at('value-cart_position').textContent()).toMatch(/\d/);
    await journey.screenshot('rig');
  });

  it('records random motion', async () => {
    await journey.record(15);
    await journey.screenshot('recorded');
    const recorded = episodesIn(workspace);
    expect(recorded).toHaveLength(15);
    for (const { source, state, steps } of recorded) {
      expect([source, state]).toEqual(['random', 'complete']);
      expect(steps).toBeGreaterThan(5);
    }
  });

  it('learns from it until the pole stands longer than at random, learning again from what went wrong', async () => {
    await journey.balance(workspace);
  });

  it('shows the run in the list of episodes, step by step', async () => {
    await journey.at('nav-episodes').click();
    const run = episodesIn(workspace).at(-1);
    await journey.at(`episode-${run?.id}`).click();
    await journey.at('episode-detail').waitFor();
    await journey.at('play').click();
    await expect.poll(() => journey.at('scrub-step').textContent()).toMatch(/step [1-9]\d/);
    await journey.screenshot('episode');
  });

  it('exports the model as one ONNX file', async () => {
    const file = await journey.exportModel();
    await journey.screenshot('exported');
    expect(statSync(file).size).toBeGreaterThan(10_000);
  });

  it('shows everything again after a second start on the same workspace', async () => {
    const before = episodesIn(workspace);
    await desktop.close();
    desktop = await openDesktop(workspace);
    journey = new Journey(desktop.page, 'second-start');
    await journey.at('nav-episodes').click();
    await journey.at(`episode-${before.at(-1)?.id}`).waitFor();
    await journey.at('nav-models').click();
    await journey.at('model-list').getByText('round 1', { exact: true }).waitFor();
    await journey.screenshot('models');
    expect(episodesIn(workspace)).toEqual(before);
  });
});
