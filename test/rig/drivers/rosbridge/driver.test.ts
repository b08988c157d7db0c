import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import type { Driver } from '../../../../src/main/rig/driver';
import { RosbridgeConnection } from '../../../../src/main/rig/drivers/rosbridge/connection';
import { openRosbridge } from '../../../../src/main/rig/drivers/rosbridge/open';
import { loadRig } from '../../../../src/main/rig/index';
import { eventually } from '../../../eventually';
import { noHost, rejection } from '../../rig-helpers';
import { opened, rosBench, simulatedA1, simulatedRobot } from './bench';

const STAND = () => new Float64Array(12);
const place = (driver: Driver, name: string) =>
  driver.rig.file.observations.findIndex((one) => one.name === name);
const reads = (driver: Driver, name: string) => driver.latest()?.values[place(driver, name)] ?? Number.NaN;

describe.each([
  ['ur5-rosbridge', 0.15, 'hand_x', [-1, 0, 0]],
  ['xarm-rosbridge', 0.15, 'hand_y', [0, -1, 0]],
  ['ur5-joints-rosbridge', 0.1, 'shoulder_pan', [-0.05, 0, 0, 0, 0, 0, 0]],
  ['xarm-joints-rosbridge', 0.1, 'joint_1', [-0.05, 0, 0, 0, 0, 0, 0, 0]],
])('the door of %s', (name, periodSeconds, channel, move) => {
  it('moves by the topics of its maker, holds, and lets go, each as the arm says itself', async () => {
    const rig = await loadRig(name);
    // What is simulated in a period stays the same; a period is over as soon as a computer can have it ready.
    rig.file.periodSeconds = periodSeconds;
    rig.file.safety.watchdogSeconds = 5;
    const { server } = await simulatedRobot(rig);
    const { driver, faults } = await opened(rig, server.url);
    await eventually(() => driver.resume());
    const before = reads(driver, channel);
    driver.act(Float64Array.from(move), 5);
    await eventually(() => expect(reads(driver, channel)).toBeLessThan(before - 0.035));
    expect(await eventually(() => driver.hold())).toMatchObject({ torque: true, halted: true });
    expect(await eventually(() => driver.release())).toMatchObject({ torque: false, halted: true });
    expect(await eventually(() => driver.resume())).toMatchObject({ torque: true, halted: false });
    expect(faults).toEqual([]);
  });
});

describe('a robot behind rosbridge', () => {
  it('is on hold when it is connected, moves its joints where it is told, and says of itself that it holds', async () => {
    const { open, robot } = await rosBench();
    const { driver, faults } = await open();
    expect(await driver.status()).toMatchObject({ torque: true, halted: true });
    expect(reads(driver, 'fr_lower')).toBeCloseTo(-1.8, 1);
    driver.act(STAND().fill(0.1), 5);
    expect(driver.counters()).toMatchObject({ commands: 0, notSent: 1 });
    expect(await eventually(() => driver.resume())).toMatchObject({ torque: true, halted: false });
    const command = STAND();
    command[2] = 0.3;
    await eventually(() => {
      driver.act(command, 5);
      expect(reads(driver, 'fr_lower')).toBeGreaterThan(-1.6);
    });
    expect(await eventually(() => driver.hold())).toMatchObject({ torque: true, halted: true });
    expect(robot.actuation.halted).toBe(true);
    expect(faults).toEqual([]);
  });

  it('publishes last in every period what completes an observation, so that none mixes two of them', async () => {
    const { server, rig } = await rosBench();
    const topics = Object.keys(rig.file.rosbridge!.topics);
    const client = new WebSocket(server.url);
    onTestFinished(() => client.close());
    const heard: { topic: string }[] = [];
    client.on('message', (data) => heard.push(JSON.parse(String(data))));
    await once(client, 'open');
    for (const topic of topics) client.send(JSON.stringify({ op: 'subscribe', topic }));
    await eventually(() => expect(heard.length).toBeGreaterThan(8 * topics.length));
    const [leading = '', ...others] = topics;
    const from = heard.findIndex(({ topic }, i) => i > topics.length && topic === leading) + 1;
    const period = heard.slice(from, from + topics.length).map(({ topic }) => topic);
    expect(period.at(-1)).toBe(leading);
    expect(period.slice(0, -1).sort()).toEqual(others.sort());
  });

  it('lets go and stands up again', async () => {
    const { open, robot } = await rosBench();
    const { driver } = await open();
    expect(await eventually(() => driver.release())).toMatchObject({ torque: false, halted: true });
    await eventually(() => driver.resume());
    await eventually(() => expect(Math.abs(robot.observation[0] ?? 1)).toBeLessThan(1));
    await driver.reset(3);
    expect(reads(driver, 'fr_lower')).toBeCloseTo(-1.8, 1);
  });

  it('goes to the hold of its actions when commands stop coming', async () => {
    const { open } = await rosBench();
    const { driver } = await open();
    await eventually(() => driver.resume());
    driver.act(STAND().fill(0.15), 0.02);
    await eventually(() => expect(driver.counters()).toMatchObject({ expired: 1 }));
    await eventually(() => expect(Math.abs(reads(driver, 'fr_upper') - 0.9)).toBeLessThan(0.08));
  });

  it('is told of when it holds without having been asked', async () => {
    const { open, robot } = await rosBench();
    const { driver, fault } = await open();
    await eventually(() => driver.resume());
    robot.actuation.enterHold();
    expect((await fault('rig-refused')).message).toContain(
      'reports that it holds, which nobody has asked for',
    );
  });

  it('is not said to hold where nothing says so', async () => {
    const { open } = await rosBench((options) => {
      options.readback = {};
      options.hold = undefined;
      options.release = undefined;
    });
    const { driver } = await open();
    expect((await rejection(driver.hold())).message).toBe(
      'A hold was sent; whether the robot holds is not known: rig.json names no topic on which it says so ("rosbridge.readback").',
    );
    expect((await rejection(driver.release())).message).toContain('cannot be released from here');
    expect((await rejection(driver.status())).message).toContain('is not known');
    expect(await eventually(() => driver.resume())).toMatchObject({ halted: false });
  });

  it('is believed when a service answers that it was done, where there is nothing better', async () => {
    const { open } = await rosBench((options) => {
      options.readback = {};
    });
    const { driver } = await open();
    expect(await eventually(() => driver.hold())).toMatchObject({ torque: true, halted: true });
    expect(await eventually(() => driver.release())).toMatchObject({ torque: false, halted: true });
  });

  it('is held when a topic falls silent, which is named', async () => {
    const { robot, open } = await rosBench((_, rig) => {
      rig.file.safety.watchdogSeconds = 0.4;
    });
    const { driver, fault } = await open();
    await eventually(() => driver.resume());
    robot.dispose();
    const silent = await fault('bad-data');
    expect(silent.message).toMatch(
      /^Nothing has come on \/joint_states, \/imu\/data, \/odom for more than 0.4 s/,
    );
  });

  it('comes back by itself after the connection was lost, and obeys when it is resumed', async () => {
    const rig = await loadRig('a1-rosbridge');
    rig.file.safety.watchdogSeconds = 5;
    const first = await simulatedA1();
    const { driver, fault, faults } = await opened(rig, first.server.url);
    await eventually(() => driver.resume());
    first.server.dispose();
    const lost = await fault('rig-refused');
    expect(lost.message).toContain('is lost');
    expect(lost.message).toContain('what the robot does meanwhile is not known');
    expect((await rejection(driver.hold())).code).toBe('rig-silent');
    const second = await simulatedA1(Number(new URL(first.server.url).port));
    await eventually(() => expect(driver.counters()).toMatchObject({ reconnects: 1 }));
    const { observations = 0 } = driver.counters();
    driver.act(STAND(), 5);
    expect(await eventually(() => driver.hold())).toMatchObject({ halted: true });
    expect(second.robot.actuation.halted).toBe(true);
    await eventually(() => expect(driver.counters().observations).toBeGreaterThan(observations));
    expect(await eventually(() => driver.resume())).toMatchObject({ halted: false });
    expect(faults.map(({ code }) => code)).toEqual(['rig-refused']);
  });

  it('is refused in a sentence where nobody answers, where nothing comes, and for a bad address', async () => {
    const rig = await loadRig('a1-rosbridge');
    const open = (port: string) => openRosbridge(rig, { mode: 'realtime', port, seed: 0 }, noHost);
    const nobody = await rejection(open('ws://127.0.0.1:9'));
    expect(nobody.code).toBe('not-found');
    expect(nobody.message).toMatch(/^No rosbridge server answers at ws:\/\/127.0.0.1:9: .*ECONNREFUSED/);
    expect((await rejection(open('two words'))).message).toContain('is no address of a rosbridge server');
    expect((await rejection(openRosbridge(rig, { mode: 'lockstep', seed: 0 }, noHost))).code).toBe(
      'wrong-use',
    );
  });

  it('tells what the server refuses, in its words', async () => {
    const { open } = await rosBench((options) => {
      options.commands = Object.fromEntries(
        Object.keys(options.commands).map((topic) => [topic, { type: 'std_msgs/String', message: {} }]),
      );
    });
    const { driver } = await open().then(
      (one) => one,
      () => ({ driver: undefined }),
    );
    // The refusal comes while it is being connected; it is counted, and told to whoever listens then.
    expect(driver?.counters()).toMatchObject({ refused: 1 });
  });

  it('takes anything that a server sends, and goes on', async () => {
    const texts = [
      ...[
        '',
        '{',
        '[]',
        'null',
        '{"op":1}',
        '{"op":"publish"}',
        '{"op":"status","level":"error","msg":{"a":1}}',
      ],
      ...fc.sample(fc.json(), 40),
      ...fc
        .sample(
          fc.record({
            op: fc.constantFrom('publish', 'status', 'service_response'),
            topic: fc.constantFrom('/joint_states', '/imu/data', 'x'),
            msg: fc.jsonValue(),
            id: fc.jsonValue(),
            level: fc.constant('error'),
          }),
          60,
        )
        .map((one) => JSON.stringify(one)),
    ];
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    onTestFinished(() => server.close());
    server.on('connection', (socket) => {
      for (const text of texts) socket.send(text);
      socket.send(Uint8Array.from([1, 2, 3]));
      socket.send('{"op":"publish","topic":"/last","msg":{"data":1}}');
    });
    const { port } = server.address() as { port: number };
    const connection = new RosbridgeConnection(`ws://127.0.0.1:${port}`, { subscribe: [], advertise: [] });
    onTestFinished(() => connection.close());
    const last = new Promise((resolve) => {
      connection.onMessage(({ topic, message }) => topic === '/last' && resolve(message));
    });
    await connection.open();
    expect(await last).toEqual({ data: 1 });
    expect(connection.counters().unreadable).toBeGreaterThan(6);
  });
});
