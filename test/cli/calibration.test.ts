import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from './run-cli';

function workspace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'foresight-calibration-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('foresight rig calibrate', () => {
  it('calibrates simulated motors by a simulated hand, and the versions are kept, written again, and given to LeRobot', async () => {
    const folder = workspace();
    const data = ['--data', folder];
    const simulated = ['--port', 'simulated', '--yes'];
    const made = await runCli('rig', 'calibrate', 'so101', ...simulated, '--hand', '--json', ...data);
    expect(made.stderr).toContain('No calibration is in force on the simulated motors');
    expect(made.code).toBe(0);
    const { version, joints } = JSON.parse(made.stdout);
    expect(version).toBe(1);
    expect(joints).toHaveLength(6);
    for (const { proposal, readBack } of joints) {
      expect(readBack).toEqual({
        ...{ homingOffset: proposal.homingOffset, low: proposal.range[0], high: proposal.range[1] },
      });
    }
    // The joint's stops are at ±1.92 rad, and its middle is the middle of its motor's turn.
    expect(joints[0].proposal.range[1] - joints[0].proposal.range[0]).toBeGreaterThan(2450);
    const file = join(folder, 'so101.json');
    const given = await runCli('rig', 'calibration', 'export', 'so101', file, ...data);
    expect(given.stderr).toBe('');
    expect(JSON.parse(readFileSync(file, 'utf8')).gripper).toMatchObject({ id: 6, drive_mode: 0 });
    const device = ['--device', 'simulated:motors'];
    await runCli('rig', 'calibration', 'import', 'so101', file, '--note', 'again', ...device, ...data);
    const used = await runCli('rig', 'calibration', 'use', 'so101', '2', ...simulated, ...data);
    // What simulated motors keep without power outlives their process, as it does in real ones.
    expect(used.stderr).toContain('Version 1 is in force on the simulated motors.');
    expect(used.stdout).toContain('Version 2 is in force on the simulated motors.');
    const listed = await runCli('rig', 'calibration', 'list', 'so101', '--json', ...data);
    const [shelf] = JSON.parse(listed.stdout).shelves;
    expect(shelf.inForce).toBe(2);
    expect(shelf.versions.map((one: { version: number; note: string }) => [one.version, one.note])).toEqual([
      [2, 'again'],
      [1, ''],
    ]);
  });

  it('refuses what is no calibration, and a rig that has none', async () => {
    const data = ['--data', workspace()];
    const file = join(data[1]!, 'bad.json');
    writeFileSync(file, '{"gripper": {"id": 6}}');
    const [taken, shown, other] = await Promise.all([
      runCli('rig', 'calibration', 'import', 'so101', file, ...data),
      runCli('rig', 'calibration', 'show', 'so101', ...data),
      runCli('rig', 'calibration', 'list', 'pendulum', ...data),
    ]);
    expect(taken.stderr).toMatch(
      /^foresight: This is no calibration of LeRobot for this rig: gripper\.drive_mode/,
    );
    expect(shown.stderr).toContain('"so101" has no calibration yet. Calibrate the rig first.');
    expect(other.stderr).toContain('has nothing to calibrate: its driver is "mujoco".');
  });
});
