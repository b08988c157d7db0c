import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { FeetechDecoder } from '../../src/main/rig/drivers/feetech/packets';
import { feetechProtocol } from '../../src/main/rig/drivers/feetech/protocol';
import { openSerialPort } from '../../src/main/rig/transport/serial-port';
import { lacksProgram } from '../needs';
import { runCli, startCli } from './run-cli';

describe('foresight sim of a robot behind rosbridge', () => {
  it('prints an address at which any client of rosbridge hears the robot, also by the name of its simulation', async () => {
    const { child, done } = startCli([
      ...['sim', 'a1', '--listen', '0', '--data', '/tmp', '--duplicated', '1'],
    ]);
    const url = await new Promise<string>((resolve) => {
      let said = '';
      child.stdout?.on('data', (chunk) => {
        said += chunk;
        const address = /is on (ws:\/\/\S+)\. Ctrl-C/.exec(said)?.[1];
        if (address) resolve(address);
      });
    });
    const client = new WebSocket(url);
    const texts: string[] = [];
    const heard = new Promise((resolve) =>
      client.on('message', (data) => {
        if (texts.push(String(data)) === 2) resolve(JSON.parse(texts[1] ?? ''));
      }),
    );
    client.on('open', () => client.send('{"op":"subscribe","topic":"/joint_states"}'));
    expect(await heard).toMatchObject({
      op: 'publish',
      topic: '/joint_states',
      msg: { name: expect.any(Array) },
    });
    expect(texts[1]).toBe(texts[0]);
    client.close();
    child.kill('SIGINT');
    expect(await done).toMatchObject({ code: 0 });
  });
});

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
