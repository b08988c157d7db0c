import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encode } from 'jpeg-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodePicture } from '../../src/main/camera/picture-file';
import { eventually } from '../eventually';
import { folderWith, smallRig } from '../rig/rig-helpers';
import { RANDOM_MOTION, withTestCore } from './workspace';

const MODEL = `<mujoco>
  <worldbody><body><joint name="j" type="hinge"/><geom size="0.1"/></body></worldbody>
  <actuator><motor name="m" joint="j" ctrlrange="-1 1"/></actuator>
</mujoco>`;

/** A lab's own program: serves a picture whenever the test says so, to whoever listens. */
async function labProgram(type = 'multipart/x-mixed-replace; boundary=frame') {
  const listening = new Set<ServerResponse>();
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': type });
    response.flushHeaders();
    listening.add(response);
    response.on('close', () => listening.delete(response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    listening,
    show(shade: number) {
      const { data } = encode({ width: 8, height: 8, data: Buffer.alloc(256, shade) }, 95);
      const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${data.length}\r\n\r\n`;
      for (const response of listening)
        response.write(Buffer.concat([Buffer.from(head), data, Buffer.from('\r\n')]));
    },
    hangUp() {
      for (const response of listening) response.destroy();
      listening.clear();
    },
  };
}

const rigWith = (url: string) =>
  folderWith({
    'rig.json': smallRig({
      cameras: [{ name: 'top', width: 8, height: 8, rate: 50, source: { kind: 'stream', url } }],
    }),
    'm.xml': MODEL,
  });

describe('a camera that a program serves over HTTP', () => {
  it('is recorded with its own times, each picture once, and goes on after the program was started anew', async () => {
    const program = await labProgram();
    await withTestCore(async (core) => {
      await core.rig.connect({ rig: await rigWith(program.url), mode: 'realtime', seed: 0 });
      const cameras = core.rig.requireCameras();
      await eventually(() => expect(program.listening.size).toBe(1));
      program.show(10);
      await eventually(() => expect(cameras.states()[0]!.received).toBe(1));
      program.hangUp();
      await eventually(() => expect(cameras.states()[0]!.trouble).not.toBeNull());
      await eventually(() => expect(program.listening.size).toBe(1));
      let shade = 20;
      const onStep = (step: number) => {
        // One picture for every second step.
        if (step % 2 !== 0) return;
        shade += 5;
        program.show(shade);
      };
      const [outcome] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 40 }, { onStep });
      const { id } = outcome!.summary;
      const frames = await core.log.frames(id, 0, 0, 1000);
      expect(frames.length).toBeGreaterThan(0);
      const shades = frames.map(({ data }) => decodePicture(data).data[0]!);
      expect(shades).toEqual([...shades].sort((a, b) => a - b));
      expect(new Set(shades).size).toBe(shades.length);
      const times = await core.log.frameTimes(id, 0);
      const isRising = (values: ArrayLike<number>) =>
        Array.from(values).every((value, i, all) => i === 0 || value > all[i - 1]!);
      expect([isRising(times.sequence), isRising(times.hostSeconds)]).toEqual([true, true]);
      expect(await core.log.cameras(id)).toMatchObject([{ name: 'top', frames: frames.length }]);
    });
  });

  it('that is none is said, and the episode goes on without pictures', async () => {
    const program = await labProgram('text/html');
    await withTestCore(async (core) => {
      await core.rig.connect({ rig: await rigWith(program.url), mode: 'realtime', seed: 0 });
      const cameras = core.rig.requireCameras();
      await eventually(() =>
        expect(cameras.states()[0]!.trouble).toContain(
          'answers 200 text/html, not with a stream of pictures',
        ),
      );
      const [outcome] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 10 });
      const { id, state } = outcome!.summary;
      expect(state).toBe('complete');
      expect(await core.log.cameras(id)).toMatchObject([{ frames: 0 }]);
      expect((await core.log.events(id)).filter(({ kind }) => kind === 'camera')).toMatchObject([
        { message: expect.stringContaining('not with a stream of pictures') },
      ]);
    });
  });
});
