import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { skipDesktop } from './runtimes';
import { desktopStage } from './stage';

describe.skipIf(skipDesktop)('a servo arm is calibrated in the window', () => {
  const stage = desktopStage('calibration');

  it('by moving every joint, taking the home pose, looking, and writing', async () => {
    const { journey } = stage;
    const { page } = journey;
    await journey.at('nav-rig').click();
    await journey.at('rig-so101').click();
    await journey.at('port').click();
    await page.getByRole('option', { name: 'Simulated motors' }).click();
    await journey.at('connect').click();
    await journey.phase('ready');
    await journey.at('calibration-in-force').getByText('None in force on the simulated motors').waitFor();
    await journey.screenshot('connected');
    await journey.at('calibrate').click();
    await journey.screenshot('warning');
    await journey.at('calibrate-release').click();
    await journey.at('calibration-guide').waitFor();
    await journey.phase('released');
    await journey.at('hand-sweep').click();
    await page.locator('[data-testid=joint-shoulder_pan][data-done=true]').waitFor();
    await journey.screenshot('sweep');
    await page.locator('[data-testid=joint-gripper][data-done=true]').waitFor();
    await journey.at('calibration-moved').getByText('6 of 6 joints moved').waitFor();
    await page.getByText('Simulated hand (holding):').waitFor();
    await journey.at('hand-home').click();
    await page.getByText('Simulated hand (at home):').waitFor();
    await journey.at('calibration-home').click();
    await journey.at('calibration-write').waitFor();
    await journey.screenshot('review');
    expect(readdirSync(stage.workspace)).not.toContain('calibrations');
    await journey.at('calibration-write').click();
    await journey.at('calibration-close').waitFor();
    expect(await journey.at('registers-gripper').textContent()).toMatch(/read back -?\d+, \d+–\d+/);
    await journey.screenshot('done');
    await journey.at('calibration-close').click();
    await journey.at('calibration-in-force').getByText('Version 1 of').waitFor();
    expect(readdirSync(join(stage.workspace, 'calibrations', 'so101', 'simulated-motors')).sort()).toEqual([
      'in-force.json',
      'v0001.json',
    ]);
    await journey.at('resume').click();
    await journey.phase('ready');
  });

  it('is saved for LeRobot, and a file of LeRobot becomes a version that is not in force', async () => {
    const { journey, workspace } = stage;
    await journey.at('calibration-versions').click();
    await journey.at('calibration-export-1').click();
    await journey.at('calibration-said').waitFor();
    const said = (await journey.at('calibration-said').textContent()) ?? '';
    const saved = /^Version 1, as LeRobot reads it, is in (.*)\.$/.exec(said)?.[1] ?? '';
    expect(saved).toMatch(join(workspace, 'exports'));
    expect(Object.keys(JSON.parse(readFileSync(saved, 'utf8')))).toHaveLength(6);
    const broken = { name: 'broken.json', mimeType: 'application/json', buffer: Buffer.from('{}') };
    await journey.choose('calibration-import', broken);
    await journey.page
      .getByText(/shoulder_pan/)
      .first()
      .waitFor();
    await journey.choose('calibration-import', saved);
    await journey.at('calibration-said').getByText('is kept as version 2').waitFor();
    await journey.at('calibration-use-2').waitFor();
    await journey.screenshot('versions');
    await journey.at('calibration-in-force').getByText('Version 1 of').waitFor();
  });

  it('and Esc in the middle leaves the version before in force', async () => {
    const { journey } = stage;
    await journey.at('calibrate').click();
    await journey.at('calibrate-release').click();
    await journey.at('calibration-guide').waitFor();
    await journey.page.keyboard.press('Escape');
    await journey.phase('stopped');
    await journey.at('calibration-guide').waitFor({ state: 'detached' });
    await journey.at('calibration-in-force').getByText('Version 1 of').waitFor();
    await journey.at('resume').click();
    await journey.phase('ready');
  });
});
