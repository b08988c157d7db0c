import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from './journey';
import { root, skipDesktop } from './runtimes';
import { desktopStage } from './stage';

/** A pendulum with two webcams beside it. */
function addRig(workspace: string): void {
  const folder = join(workspace, 'rigs', 'watched');
  cpSync(join(root, 'resources/rigs/pendulum'), folder, { recursive: true });
  const file = join(folder, 'rig.json');
  const camera = { width: 64, height: 48, rate: 10, source: { kind: 'usb' } };
  const rig = {
    ...(JSON.parse(readFileSync(file, 'utf8')) as object),
    ...{ name: 'watched', title: 'Pendulum, watched' },
    cameras: [
      { name: 'side', ...camera },
      { name: 'top', ...camera },
    ],
  };
  writeFileSync(file, JSON.stringify(rig));
}

interface Seen {
  cameras: { name: string; frames: number }[];
  events: { kind: string; message: string }[];
}

describe.skipIf(skipDesktop)('a rig with webcams', () => {
  // Chromium's own fake devices stand in for cameras that are plugged in.
  const stage = desktopStage('usb-camera', {
    fill: addRig,
    flags: ['--use-fake-device-for-media-stream=device-count=2'],
  });
  const at = (id: string) => stage.journey.at(id);
  const words = (camera: string) => at(`words-${camera}`).textContent();

  it('says which camera is which as soon as a person chose it, and shows what it sees', async () => {
    await stage.journey.connect('watched');
    await at('choose-side').waitFor();
    expect(await words('side')).toBe('No camera is chosen: nothing of it will be recorded.');
    const names = await at('choose-side').locator('option').allTextContents();
    expect(names).toEqual(['None', 'fake_device_0', 'fake_device_1']);
    await at('choose-side').selectOption({ label: 'fake_device_1' });
    await expect.poll(() => words('side')).toBe('Seeing.');
    await at('sees-side').waitFor();
    await stage.journey.screenshot('chosen');
  });

  it('records what it sees beside the steps, says of the other that it shows nothing, and shows both afterwards', async () => {
    await at('nav-record').click();
    // It goes on until it is ended, however long that takes here.
    await at('record-steps').fill('100000');
    await at('record-start').click();
    await at('picture-side').waitFor();
    const number = () => at('picture-side').getAttribute('data-sequence').then(Number);
    const first = await number();
    // Half a second at least: two periods without a picture of the other camera are an event.
    await expect.poll(number).toBeGreaterThan(first + 5);
    await stage.journey.screenshot('recording');
    await at('record-finish').click();
    await at('record-start').waitFor();
    const seen = cli('episode', 'show', '1', '--data', stage.workspace) as unknown as Seen;
    expect(seen.cameras.map(({ name }) => name)).toEqual(['side', 'top']);
    expect(seen.cameras[0]!.frames).toBeGreaterThan(1);
    expect(seen.cameras[1]!.frames).toBe(0);
    const told = seen.events.filter(({ kind }) => kind === 'camera').map(({ message }) => message);
    expect(
      told.some((message) =>
        message.startsWith('Camera "top" shows nothing: no window brings its pictures.'),
      ),
    ).toBe(true);
    await at('nav-episodes').click();
    await stage.journey.showEpisode(1);
    await at('scrubber').focus();
    await stage.desktop.page.keyboard.press('End');
    await at('picture-side').waitFor();
    await stage.journey.screenshot('episode');
  });

  it('is found again after a reload, with the camera that was chosen', async () => {
    await at('nav-rig').click();
    await stage.desktop.page.reload();
    await at('sees-side').waitFor();
    await expect.poll(() => words('side')).toBe('Seeing.');
    expect(await at('choose-side').locator('option:checked').textContent()).toBe('fake_device_1');
  });
});
