import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { patientRig } from '../rig/patient-rig';
import { positionArm } from '../rig/position-arm';
import { episodesIn, type Journey, PATIENCE_MS } from './journey';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

async function driveWith(journey: Journey, device: string): Promise<void> {
  await journey.at('nav-record').click();
  await journey.at('record-drive').click();
  await journey.page.getByRole('option', { name: device }).click();
}

/** The smallest and the largest action of the newest episode, when it is over. */
async function actionsOf(
  workspace: string,
  channel: number,
): Promise<{ source: string; range: [number, number] }> {
  await expect.poll(() => episodesIn(workspace).at(-1)?.state).toMatch(/complete|interrupted/);
  const { id = 0, source = '' } = episodesIn(workspace).at(-1) ?? {};
  const log = await openLog(workspace, { readonly: true });
  try {
    const { actions, rows } = await log.columns(id);
    const width = actions.length / rows;
    const values = Array.from({ length: rows - 1 }, (_, row) => actions[row * width + channel] ?? 0);
    return { source, range: [Math.min(...values), Math.max(...values)] };
  } finally {
    await log.close();
  }
}

describe.skipIf(skipDesktop)('a rig that is driven by hand, in the desktop window', () => {
  const stage = desktopStage('teleop', {
    fill: (workspace) => {
      patientRig(workspace, 'pendulum');
      positionArm(workspace);
    },
    begin: (journey) => journey.connect('patient-pendulum'),
  });

  it('does what keys ask for while they are down, and what was executed is recorded', async () => {
    const { journey, workspace } = stage;
    await driveWith(journey, 'Keyboard');
    await journey.beginRecording();
    await journey.page.keyboard.down('ArrowRight');
    await expect.poll(() => journey.at('drive-value-torque').textContent()).toMatch(/^0\.6|–/);
    await journey.page.waitForTimeout(500);
    await journey.screenshot('keyboard');
    await journey.page.keyboard.up('ArrowRight');
    await journey.endRecording();
    expect(await actionsOf(workspace, 0)).toEqual({ source: 'teleop', range: [0, 0.6] });
  });

  it('does what a gamepad asks for, and holds when the window loses the focus', async () => {
    const { journey, workspace } = stage;
    await journey.page.evaluate(() => {
      const pad = {
        ...{
          id: 'Test pad',
          index: 0,
          connected: true,
          mapping: 'standard',
          timestamp: 0,
          axes: [-1, 0, 0, 0],
        },
        buttons: Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 })),
      };
      navigator.getGamepads = () => [pad as unknown as Gamepad, null, null, null];
    });
    await driveWith(journey, 'Gamepad');
    await expect.poll(() => journey.at('drive-pad').textContent()).toBe('Test pad');
    await journey.beginRecording();
    await journey.page.waitForTimeout(500);
    await journey.page.evaluate(() => window.dispatchEvent(new Event('blur')));
    await journey.phase('held');
    const { source, range } = await actionsOf(workspace, 0);
    expect([source, range[0]]).toEqual(['teleop', -0.6]);
  });

  it('goes where the handle in the 3D view is dragged', async () => {
    const { journey, workspace } = stage;
    const { page } = journey;
    await journey.at('nav-rig').click();
    await journey.at('disconnect').click();
    await journey.connect('position-arm');
    await driveWith(journey, '3D view');
    const canvas = page.locator('[data-testid=scene] canvas');
    // A busy computer may hold the rig before the handle has moved: then once more, as a person does.
    const opened = async () => {
      await journey.beginRecording();
      const place = /^(\d+),(\d+)$/.exec((await canvas.getAttribute('data-handle')) ?? '');
      const box = await canvas.boundingBox();
      if (place && box) {
        const at = { x: box.x + Number(place[1]), y: box.y + Number(place[2]) };
        await page.mouse.move(at.x, at.y);
        await page.mouse.down();
        await page.mouse.move(at.x + 10, at.y - 40, { steps: 3 });
        await page.waitForTimeout(700);
        await journey.screenshot('handle');
        await page.mouse.up();
      }
      await journey.endRecording();
      return (await actionsOf(workspace, 2)).range[0];
    };
    // The elbow stood at 1.2 rad, and opens for a hand that is drawn upwards.
    await expect.poll(opened, { interval: 100, timeout: PATIENCE_MS }).toBeLessThan(1.17);
    const { source, range } = await actionsOf(workspace, 2);
    expect(source).toBe('teleop');
    expect(range[0]).toBeGreaterThanOrEqual(-0.1);
  });
});
