import { describe, expect, it, onTestFinished } from 'vitest';
import type { OpenOptions } from '../../../src/main/rig/driver';
import { loadRig, openDriver } from '../../../src/main/rig/index';
import { openPseudoTerminal } from '../../../src/main/rig/simulation/pseudo-terminal';
import { serveBus } from '../../../src/main/rig/simulation/servo-bus/serve';
import { simulateDevice } from '../../../src/main/rig/simulation/simulate';
import { lacksProgram } from '../../needs';
import { fakeSystem } from '../fake-system';
import { noHost, rejection } from '../rig-helpers';

/** A computer on whose first port the simulated device of a rig answers, and on whose second nobody does. */
async function computer(name: string) {
  const system = fakeSystem();
  const before = process.env.FORESIGHT_SYSTEM_ROOT;
  process.env.FORESIGHT_SYSTEM_ROOT = system.root;
  const rig = await loadRig(name);
  const [terminal, other] = [await openPseudoTerminal(), await openPseudoTerminal()];
  const device = await simulateDevice(rig, 1);
  const onFailure = (thrown: unknown) => {
    throw thrown;
  };
  const served = serveBus({ bus: device, line: terminal, seed: 1, onFailure });
  onTestFinished(() => {
    if (before === undefined) delete process.env.FORESIGHT_SYSTEM_ROOT;
    else process.env.FORESIGHT_SYSTEM_ROOT = before;
    served.dispose();
    device.dispose();
    terminal.dispose();
    other.dispose();
  });
  system.plug({ name: 'ttyACM0', serialNumber: 'A7', socket: '1-1', target: terminal.path });
  const open = (options: Partial<OpenOptions> = {}) =>
    openDriver(rig, { mode: 'realtime', seed: 0, ...options }, noHost);
  return {
    system,
    open,
    terminal,
    plugOther: () => system.plug({ name: 'ttyACM1', serialNumber: 'C1', socket: '1-3', target: other.path }),
  };
}

describe
  .skipIf(lacksProgram('socat') || process.platform !== 'linux')
  .each(['ollie-bluetooth', 'text-pendulum', 'gantry-grbl', 'odrive-pendulum'])(
  'the device of %s',
  (name) => {
    it('is found among other ports, is known by its serial number, and no other is taken for it', async () => {
      const { open, system, terminal, plugOther } = await computer(name);
      plugOther();
      const driver = await open({ port: 'auto' });
      const { device, remark } = driver.info;
      expect(device).toMatchObject({ key: 'usb-1a86-55d3-A7', serialNumber: 'A7', socket: '1-1' });
      expect(remark).toBeNull();
      await driver.close();
      system.unplug('ttyACM0');
      system.unplug('ttyACM1');
      const path = system.plug({ name: 'ttyACM4', serialNumber: 'B8', socket: '1-2', target: terminal.path });
      expect(await rejection(open({ port: 'auto', known: device }))).toMatchObject({
        code: 'rig-refused',
        message: expect.stringMatching(
          /^This rig was connected to USB Single Serial A7 last, which is not plugged in/,
        ),
      });
      const chosen = await open({ port: path, known: device });
      expect(chosen.info).toMatchObject({ device: { serialNumber: 'B8' } });
      expect(chosen.info.remark).toContain('is another device than last time (USB Single Serial A7)');
      await chosen.close();
    });
  },
);
