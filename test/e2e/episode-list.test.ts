import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from './journey';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

const IMPORTED = 400;

/** Episodes 1 to 400 of two to six steps. */
function importMany(workspace: string): void {
  const file = join(workspace, 'many.csv');
  const lines = Array.from({ length: IMPORTED }, (_, i) =>
    Array.from({ length: 3 + (i % 5) }, (__, row) => `${i + 1},${(0.02 * row).toFixed(2)},${i / 100},${row}`),
  );
  writeFileSync(file, `episode,t,q,u\n${lines.flat().join('\n')}\n`);
  cli(
    ...['import', file, '--data', workspace, '--name', 'many', '--time', 't', '--rate', '50'],
    ...['--episode-column', 'episode', '--observation', 'q:rad', '--action', 'u:N m'],
  );
}

interface Listed {
  episodes: { id: number; starred: boolean; outcome: string | null; tags: string[] }[];
  total: number;
}

describe.skipIf(skipDesktop)('the list of episodes', () => {
  const stage = desktopStage('episode-list', {
    fill: (workspace) => {
      cli('record', '--rig', 'pendulum', '--episodes', '3', '--max-steps', '30', '--data', workspace);
      importMany(workspace);
    },
    begin: async ({ page }) => {
      await page.setViewportSize({ width: 1024, height: 700 });
    },
  });
  const at = (id: string) => stage.journey.at(id);
  const words = () => at('list-words').textContent();
  const said = (text: string) => expect.poll(words).toContain(text);
  const listed = (...args: string[]) => cli('episode', 'list', ...args, '--data', stage.workspace) as Listed;
  const ids = (...args: string[]) => listed(...args).episodes.map(({ id }) => id);
  const undo = () => at('notice-action').last().click();

  it('shows as much as is in view of all there is, and finds, narrows and sorts', async () => {
    await at('nav-episodes').click();
    await said('403 episodes: ');
    await at('episode-403').waitFor();
    expect(await at('episode-1').count()).toBe(0);
    await at('episode-filter').fill('pendulum');
    await said('3 of 403 episodes, with “pendulum”: 90 steps');
    await stage.journey.screenshot('found');
    await at('episode-filter').fill('');
    await said('403 episodes: ');
    await at('sort-steps').click();
    await expect
      .poll(() => at('episode-table').locator('tbody tr').first().getAttribute('data-testid'))
      .toBe('episode-3');
    await at('sort-number').click();
    await at('episode-403').waitFor();
  });

  it('is gone through with the keys alone, to its end and back', async () => {
    const { page } = stage.journey;
    await stage.journey.showEpisode(403);
    await at('episode-table').focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => at('episode-402').getAttribute('data-active')).toBe('true');
    await page.keyboard.press('End');
    await expect.poll(() => at('episode-1').getAttribute('data-active')).toBe('true');
    await at('episode-detail').getByText('Episode 1', { exact: true }).waitFor();
    await page.keyboard.press('s');
    await expect.poll(() => ids('--starred')).toEqual([1]);
    await page.keyboard.press('Home');
    await expect.poll(() => at('episode-403').getAttribute('data-active')).toBe('true');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await said('3 picked');
    await page.keyboard.press('x');
    await said('2 picked');
  });

  it('takes a star and an outcome in the row itself', async () => {
    await at('star-400').click();
    await at('outcome-400').selectOption('failure');
    await expect.poll(() => at('outcome-400').inputValue()).toBe('failure');
    expect(await at('star-400').getAttribute('aria-pressed')).toBe('true');
    expect(listed('--outcome', 'failure').episodes).toMatchObject([{ id: 400, starred: true }]);
    expect(await at('episode-400').getAttribute('data-active')).toBe('false');
  });

  it('does with a range what is asked for, once, and takes that back from the notice', async () => {
    await at('episode-filter').fill('many');
    await said('400 of 403 episodes');
    await stage.journey.showEpisode(403);
    await at('episode-399').click({ modifiers: ['Shift'] });
    await at('episode-397').click({ modifiers: ['ControlOrMeta'] });
    await said('6 picked');
    await stage.journey.screenshot('picked');
    await at('tag').click();
    await at('tag-input').fill('checked');
    await at('tag-input').press('Enter');
    await at('tag-save').click();
    await expect.poll(() => ids('--tag', 'checked')).toEqual([397, 399, 400, 401, 402, 403]);
    await undo();
    await expect.poll(() => ids('--tag', 'checked')).toEqual([]);
    await at('judge').click();
    await at('judge-success').click();
    await expect.poll(() => ids('--outcome', 'success')).toHaveLength(6);
  });

  it('deletes all that match over all pages in one edit, and has them back from the notice', async () => {
    await stage.journey.page.getByLabel('Pick all that match').check();
    await said('400 picked');
    await stage.journey.page.getByLabel('Pick episode 403').uncheck();
    await said('399 picked');
    await at('episode-delete').click();
    await said('1 of 4 episodes');
    expect(ids()).toEqual([1, 2, 3, 403]);
    await undo();
    await said('400 of 403 episodes');
  });

  it('keeps its filter over a reload, and says it', async () => {
    await at('filter-more').click();
    await at('filter-outcome').click();
    await at('filter-fields').getByRole('option', { name: 'success' }).click();
    await said('6 of 403 episodes, judged success, with “many”');
    await stage.journey.screenshot('narrowed');
    await stage.journey.page.reload();
    await said('6 of 403 episodes, judged success, with “many”');
    expect(await at('episode-filter').inputValue()).toBe('many');
    await at('filter-more').click();
    await at('filter-clear').click();
    await said('403 episodes: ');
  });

  it('stays where one looks while episodes are recorded and deleted before it', async () => {
    const { page } = stage.journey;
    await at('filter-more').click();
    await at('episode-table').evaluate((table) => table.scrollTo({ top: 32 * 200 }));
    await at('episode-200').waitFor();
    const top = () => at('episode-200').evaluate((row) => row.getBoundingClientRect().top);
    const before = await top();
    await page.mouse.move(5, 300);
    cli('episode', 'delete', '401', '402', '--data', stage.workspace);
    await said('401 episodes: ');
    await expect.poll(top).toBe(before);
    cli('episode', 'undo', '--data', stage.workspace);
    await said('403 episodes: ');
    await expect.poll(top).toBe(before);
  });

  it('lays three over each other', async () => {
    await at('episode-table').evaluate((table) => table.scrollTo({ top: 0 }));
    await stage.journey.showEpisode(403);
    await at('episode-401').click({ modifiers: ['Shift'] });
    await at('compare').click();
    await at('comparison-plots').waitFor();
    await expect.poll(() => at('comparison-legend').textContent()).toMatch(/Episode 401: .*402: .*403: /);
    await stage.journey.screenshot('three');
  });
});
