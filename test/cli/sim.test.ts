import { describe, expect, it } from 'vitest';
import { FeetechDecoder } from '../../src/main/rig/drivers/feetech/packets';
import { feetechProtocol } from '../../src/main/rig/drivers/feetech/protocol';
import { openSerialPort } from '../../src/main/rig/transport/serial-port';
import { lacksProgram } from '../needs';
import { runCli, startCli } from './run-cli';

describe.skipIf(lacksProgram('socat'))('foresight sim', () => {
  it('prints a port behind which the motors answer, and ends with Ctrl-C', async () => {
    const { child, done } = startCli(['sim', 'so101', '--dropped', '0', '--data', '/tmp']);
    const path = await new Promise<string>((resolve) => {
      let said = '';
      child.stdout?.on('data', (chunk) => {
        said += chunk;
        const port = /is on (\S+)\. Ctrl-C/.exec(said)?.[1];
        if (port) resolve(port);
      });
    });
    const port = await openSerialPort(path, 1_000_000);
    const decoder = new FeetechDecoder();
    const answer = new Promise((resolve) => {
      port.onData((bytes) => {
        for (const packet of decoder.push(bytes)) resolve(packet);
      });
    });
    port.write(feetechProtocol('STS').ping(4));
    expect(await answer).toEqual({ id: 4, code: 0, parameters: new Uint8Array(0) });
    await port.close();
    child.kill('SIGINT');
    expect(await done).toMatchObject({ code: 0 });
  });

  it('ends by itself when its cable is pulled', async () => {
    expect(await runCli('sim', 'cartpole-serial', '--unplug', '0.1')).toMatchObject({ code: 0 });
  });

  it('has nothing to be for a rig without a device', async () => {
    const simulated = await runCli('sim', 'pendulum');
    expect(simulated).toMatchObject({ code: 2, stderr: expect.stringContaining('simulated as it is') });
  });
});
