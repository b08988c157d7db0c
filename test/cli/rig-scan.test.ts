import { describe, expect, it } from 'vitest';
import { lacksProgram } from '../needs';
import { runCli, startCli } from './run-cli';

describe.skipIf(lacksProgram('socat'))('foresight rig scan', () => {
  it('lists the motors behind a port', async () => {
    const { child, done } = startCli(['sim', 'dynamixel-pendulum']);
    const path = await new Promise<string>((resolve) => {
      let said = '';
      child.stdout?.on('data', (chunk) => {
        said += chunk;
        const port = /is on (\S+)\. Ctrl-C/.exec(said)?.[1];
        if (port) resolve(port);
      });
    });
    const only = ['--driver', 'dynamixel', '--baud', '1000000'];
    const { code, stdout } = await runCli('rig', 'scan', path, ...only, '--json');
    const several = await runCli('rig', 'motor', path, '--id', '4', ...only);
    child.kill('SIGINT');
    await done;
    expect(several.stderr).toContain(`3 motors answer on ${path}: 1, 2, 3.`);
    expect(code).toBe(0);
    const { motors } = JSON.parse(stdout);
    expect(motors.map((motor: Record<string, unknown>) => [motor.id, motor.model])).toEqual([
      [1, 'xl330-m288'],
      [2, 'xl330-m288'],
      [3, 'xl330-m077'],
    ]);
    expect(motors[0].baudRates).toEqual([1_000_000]);
  });

  it('says that a port is none', async () => {
    const scanned = await runCli('rig', 'scan', '/dev/no-such-port');
    expect(scanned.code).not.toBe(0);
    expect(scanned.stderr).toContain('/dev/no-such-port');
  });
});
