import { describe, expect, it } from 'vitest';
import { cli } from './journey';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

const STEPS = 40;

function recordSeen(workspace: string): void {
  cli(
    ...['record', '--rig', 'pendulum-camera', '--episodes', '1'],
    ...['--max-steps', String(STEPS), '--data', workspace],
  );
}

describe.skipIf(skipDesktop)('an episode with a camera', () => {
  const stage = desktopStage('cameras', { fill: recordSeen });
  const at = (id: string) => stage.journey.at(id);
  const sequence = () => at('picture-side').getAttribute('data-sequence');

  it('shows what the camera saw at the row that is scrubbed to', async () => {
    await at('nav-episodes').click();
    await stage.journey.showEpisode(1);
    await at('picture-side').waitFor();
    await at('scrubber').focus();
    const { keyboard } = stage.desktop.page;
    await keyboard.press('Shift+ArrowRight');
    await keyboard.press('ArrowRight');
    await expect.poll(sequence).toBe('11');
    await keyboard.press('End');
    await expect.poll(sequence).toBe(String(STEPS));
    await keyboard.press('Home');
    await expect.poll(sequence).toBe('0');
    expect(await at('picture-words-side').count()).toBe(0);
  });

  it('plays it at another speed, picture by picture to the last', async () => {
    await at('speed').selectOption('10');
    await at('play').click();
    await expect.poll(sequence).toBe(String(STEPS));
  });

  it('takes a note at the row that is looked at, as a mark to jump to', async () => {
    await at('scrubber').focus();
    for (const key of ['Home', 'Shift+ArrowRight', 'ArrowRight']) {
      await stage.desktop.page.keyboard.press(key);
    }
    await at('note').click();
    await at('note-text').fill('It squeaks here.');
    await at('note-save').click();
    await at('scrubber-event').waitFor();
    await at('scrubber').focus();
    await stage.desktop.page.keyboard.press('End');
    await at('scrubber-event').click();
    await expect.poll(() => at('scrubber').getAttribute('aria-valuenow')).toBe('11');
    await expect.poll(sequence).toBe('11');
    await stage.journey.screenshot('scrubbed');
  });

  it('shows what the camera sees while an episode is recorded, and takes a note meanwhile', async () => {
    await stage.journey.connect('pendulum-camera');
    await at('nav-record').click();
    // It goes on until it is ended, however long that takes here.
    await at('record-steps').fill('100000');
    await at('record-start').click();
    await at('picture-side').waitFor();
    await stage.journey.screenshot('recording');
    await at('note').click();
    await at('note-text').fill('A knock.');
    await at('note-save').click();
    await expect.poll(() => at('note-text').count()).toBe(0);
    await at('record-finish').click();
    await at('record-start').waitFor();
    const show = cli('episode', 'show', '2', '--data', stage.workspace) as { events: { message: string }[] };
    expect(show.events.map(({ message }) => message)).toContain('A knock.');
  });
});
