import { describe, expect, it } from 'vitest';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

describe.skipIf(skipDesktop)('the dead-man key in the desktop window, on the simulated arm', () => {
  const stage = desktopStage('dead-man', {
    begin: async (journey) => {
      await journey.at('nav-rig').click();
      await journey.at('rig-so101').click();
      await journey.at('port').click();
      await journey.page.getByRole('option', { name: /simulated/i }).click();
      await journey.at('connect').click();
      await journey.at('disconnect').waitFor();
      await journey.phase('ready');
    },
  });

  it('is shown as held while Space is down, and its end brings an arm that is jogged to hold', async () => {
    const { journey } = stage;
    const { page } = journey;
    await journey.at('dead-man').click();
    await page.getByText('Hold Space to move').waitFor();
    await page.keyboard.down(' ');
    await page.getByText('Key held').waitFor();
    await journey.at('jog-shoulder_pan-plus').hover();
    await page.mouse.down();
    await expect.poll(() => journey.at('phase').getAttribute('data-phase')).toMatch(/ready|held/);
    await page.keyboard.up(' ');
    await journey.phase('held');
    // A page that draws without a graphics card may stand still for longer than a beat counts: that holds the arm as well.
    await page
      .getByText(/^Held: .*dead-man key/)
      .first()
      .waitFor();
    await page.mouse.up();
    await journey.screenshot('let-go');
    await page.getByText('Hold Space to move').waitFor();
  });
});
