import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { lacksProgram } from '../needs';
import { ARM, type ArmOnACable, armOnACable, patientArm } from './arm-on-a-cable';
import { episodesIn } from './journey';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

/** Episodes of random motion; as many give a model that reaches. */
const EPISODES = 4;
/** Learn from what was tried, and try again: beside a busy neighbour plans come late. */
const TRIES = 5;
const NEAR_M = 0.05;

/** How far the hand is from where the task wants it at the end of an episode, m: the reward counts it in units of 10 cm. */
async function distanceAtEnd(workspace: string, episode: number): Promise<number> {
  const log = await openLog(workspace, { readonly: true });
  const { reward } = await log.columns(episode).finally(() => log.close());
  return -0.1 * (reward.at(-1) ?? Number.NaN);
}

describe.skipIf(skipDesktop || lacksProgram('socat'))(
  'an SO-101 on its cable, from the first connection on',
  () => {
    const places = mkdtempSync(join(tmpdir(), 'foresight-arm-'));
    let arm: ArmOnACable;
    beforeAll(async () => {
      arm = await armOnACable(patientArm(places));
    });
    const stage = desktopStage('so101', { fill: patientArm });
    afterAll(async () => {
      await arm?.dispose();
      rmSync(places, { recursive: true, force: true });
    });

    const isReady = async () => {
      const { journey } = stage;
      await expect
        .poll(
          async () => {
            await journey.pressIfThere('resume');
            return journey.at('phase').getAttribute('data-phase');
          },
          { interval: 1000 },
        )
        .toBe('ready');
    };

    it('is found by its adapter and by the motors that answer behind it', async () => {
      const { journey } = stage;
      await journey.at('nav-rig').click();
      await journey.at(`rig-${ARM}`).click();
      await journey.at('probe').click();
      await journey.at('ports').getByText('motors 1, 2, 3, 4, 5, 6 (STS3215)').waitFor();
      await journey
        .at('ports')
        .getByText(/5A46083045/)
        .waitFor();
      await journey.screenshot('found');
      await journey.at('connect').click();
      await journey.phase('ready');
    });

    it('is calibrated by a hand that moves every joint', async () => {
      const { journey } = stage;
      await journey.at('calibration-in-force').getByText('None in force').waitFor();
      await journey.at('calibrate').click();
      await journey.at('calibrate-release').click();
      await journey.at('calibration-guide').waitFor();
      await journey.phase('released');
      await arm.hand.ask('sweep');
      await journey.page.locator('[data-testid=joint-shoulder_lift][data-done=true]').waitFor();
      await journey.screenshot('sweep');
      await journey.at('calibration-moved').getByText('6 of 6 joints moved').waitFor();
      await expect.poll(() => arm.hand.doing()).toBe('holding');
      await arm.hand.ask('home');
      await expect.poll(() => arm.hand.doing()).toBe('at home');
      await journey.at('calibration-home').click();
      await journey.at('calibration-write').waitFor();
      await journey.screenshot('review');
      await journey.at('calibration-write').click();
      await journey.at('calibration-close').click();
      await journey.at('calibration-in-force').getByText('Version 1 of').waitFor();
      await isReady();
    });

    it('is driven by hand, and what it did is kept', async () => {
      const { journey, workspace } = stage;
      const { page } = journey;
      await journey.at('nav-record').click();
      await journey.at('record-drive').click();
      await page.getByRole('option', { name: 'Keyboard' }).click();
      const driven = async () => {
        await journey.beginRecording();
        await page.keyboard.down('ArrowRight');
        await page.waitForTimeout(1500);
        await journey.screenshot('driven');
        await page.keyboard.up('ArrowRight');
        await journey.endRecording();
        const { id, source } = episodesIn(workspace).at(-1) ?? {};
        if (id === undefined || source !== 'teleop') return 0;
        const log = await openLog(workspace, { readonly: true });
        const { observations, rows } = await log.columns(id).finally(() => log.close());
        const pan = (row: number) => observations[(row * observations.length) / rows] ?? 0;
        return Math.abs(pan(rows - 1) - pan(0));
      };
      // A busy computer may hold the arm before a key has moved it: then once more, as a person does.
      await expect.poll(driven, { interval: 1000 }).toBeGreaterThan(0.1);
      await journey.at('record-drive').click();
      await page.getByRole('option', { name: 'A signal' }).click();
    });

    it('is learned from random motion, and reaches the target by plans of what was learned', async () => {
      const { journey, workspace } = stage;
      await isReady();
      await journey.at('record-hold').fill('6');
      await journey.record(EPISODES, workspace, { unattended: true });
      await journey.screenshot('recorded');
      let nearest = Number.POSITIVE_INFINITY;
      for (let round = 1; round <= TRIES && nearest > NEAR_M; round++) {
        await journey.train(`reach ${round}`);
        if (round === 1) await journey.screenshot('learned');
        await isReady();
        await journey.startRun({ unattended: true });
        await journey.page
          .getByTestId('run-step')
          .filter({ hasText: /Step \d{3,} / })
          .or(journey.at('run-start'))
          .first()
          .waitFor();
        const told = journey.page.locator('[data-testid=trust]:not([data-tone=unknown])');
        await told.or(journey.at('run-start')).first().waitFor();
        await journey.screenshot('reaches');
        await journey.runEnds();
        const tried = episodesIn(workspace).at(-1);
        expect(tried?.source).toBe('mpc');
        nearest = Math.min(nearest, await distanceAtEnd(workspace, tried?.id ?? 0));
      }
      expect(nearest).toBeLessThanOrEqual(NEAR_M);
    });
  },
);
