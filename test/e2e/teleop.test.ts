import { describe, expect, it } from 'vitest';
import { patientRig } from '../rig/patient-rig';
import { episodesIn, type Journey, PATIENCE_MS } from './journey';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

/** Begins to record, as a person does: again where a busy core had not heard this window yet. */
async function begin(journey: Journey): Promise<void> {
  const recording = async () => {
    if ((await journey.at('record-step').count()) === 0) await journey.at('record-start').click();
    return journey.at('record-step').count();
  };
  await expect.poll(recording, { interval: 1000, timeout: PATIENCE_MS }).toBe(1);
  await expect.poll(() => journey.at('record-step').textContent()).toMatch(/Step [1-9]/);
}

async function driveWith(journey: Journey, device: string): Promise<void> {
  await journey.at('nav-record').click();
  await journey.at('record-drive').click();
  await journey.page.getByRole('option', { name: device }).click();
}

describe.skipIf(skipDesktop)('a rig that is driven by hand, in the desktop window', () => {
  const stage = desktopStage('teleop', {
    fill: (workspace) => void [patientRig(workspace, 'pendulum'), patientRig(workspace, 'so101')],
    begin: (journey) => journey.connect('patient-pendulum'),
  });

  it('does what keys ask for, and what was executed is recorded', async () => {
    const { journey, workspace } = stage;
    await driveWith(journey, 'Keyboard');
    await begin(journey);
    await journey.page.keyboard.down('ArrowRight');
    await expect.poll(() => journey.at('drive-value-torque').textContent()).toMatch(/^0\.6/);
    await journey.screenshot('keyboard');
    await journey.page.keyboard.up('ArrowRight');
    await expect.poll(() => journey.at('drive-value-torque').textContent()).toMatch(/^0 /);
    await journey.at('record-finish').click();
    await journey.at('record-start').waitFor();
    const episode = episodesIn(workspace).at(-1);
    expect(episode).toMatchObject({ source: 'teleop', state: 'complete' });
    await journey.phase('ready');
  });

  it('does what a gamepad asks for, and holds when the window loses the focus', async () => {
    const { journey, workspace } = stage;
    await journey.page.evaluate(() => {
      const pad = {
        ...{ id: 'Test pad', index: 0, connected: true, mapping: 'standard', timestamp: 0 },
        ...{
          axes: [-1, 0, 0, 0],
          buttons: Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 })),
        },
      };
      navigator.getGamepads = () => [pad as unknown as Gamepad, null, null, null];
    });
    await driveWith(journey, 'Gamepad');
    await expect.poll(() => journey.at('drive-pad').textContent()).toBe('Test pad');
    await begin(journey);
    await expect.poll(() => journey.at('drive-value-torque').textContent()).toMatch(/^-?.0\.6/);
    await expect.poll(() => journey.at('record-step').textContent()).toMatch(/Step [1-9]/);
    await journey.screenshot('gamepad');
    await journey.page.evaluate(() => window.dispatchEvent(new Event('blur')));
    await journey.phase('held');
    await expect
      .poll(() => episodesIn(workspace).at(-1))
      .toMatchObject({ source: 'teleop', state: 'interrupted' });
    await journey.at('resume').click();
    await journey.phase('ready');
  });

  it('goes where the handle in the 3D view is dragged', async () => {
    const { journey, workspace } = stage;
    const { page } = journey;
    await journey.at('nav-rig').click();
    await journey.at('disconnect').click();
    await journey.at('rig-patient-so101').click();
    await journey.at('port').click();
    await page.getByRole('option', { name: 'Simulated motors' }).click();
    // A busy computer's simulated motors may be late with their first answer: pressed again, as a person does.
    const ready = async () => {
      if ((await journey.at('connect').count()) > 0) await journey.at('connect').click();
      return page.locator('[data-testid=phase][data-phase=ready]').count();
    };
    await expect.poll(ready, { interval: 3000, timeout: PATIENCE_MS }).toBe(1);
    await driveWith(journey, '3D view');
    await begin(journey);
    await expect.poll(() => journey.at('record-step').textContent()).toMatch(/Step [1-9]/);
    const canvas = page.locator('[data-testid=scene] canvas');
    const handle = async () => {
      const [x, y] = ((await canvas.getAttribute('data-handle')) ?? '').split(',').map(Number);
      return { x: x!, y: y! };
    };
    await expect.poll(async () => Number.isFinite((await handle()).y)).toBe(true);
    const before = await handle();
    const box = (await canvas.boundingBox())!;
    await page.mouse.move(box.x + before.x, box.y + before.y);
    await page.mouse.down();
    await page.mouse.move(box.x + before.x + 25, box.y + before.y - 30, { steps: 6 });
    await journey.screenshot('handle');
    await page.mouse.up();
    // The arm has followed: its hand is where the handle was let go of.
    await expect.poll(async () => (await handle()).y).toBeLessThan(before.y - 12);
    await journey.screenshot('hand');
    await journey.at('record-finish').click();
    await journey.at('record-start').waitFor();
    const episode = episodesIn(workspace).at(-1);
    expect(episode).toMatchObject({ source: 'teleop', rig: 'patient-so101' });
  });

  it('is driven without being recorded as well, by sliders or beside a leader arm', async () => {
    const { journey } = stage;
    await journey.at('nav-rig').click();
    await journey.at('drive-device').click();
    await journey.page.getByRole('option', { name: 'Leader arm' }).click();
    await journey.at('leader-port').fill('simulated');
    await journey.at('leader-connect').click();
    await expect.poll(() => journey.at('leader-reason').textContent()).toMatch(/torque is off/);
    await journey.at('drive').click();
    await expect.poll(() => journey.at('leader-reason').textContent()).toBe('Does what the leader does.');
    await journey.screenshot('leader');
    await journey.at('drive').click();
    await journey.phase('held');
  });
});
