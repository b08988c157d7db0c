import { once } from 'node:events';
import fc from 'fast-check';
import { encode } from 'jpeg-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { decodeJpeg } from '../../src/main/camera/jpeg';
import { OutsideCamera } from '../../src/main/camera/outside/outside-camera';
import { rosPicture } from '../../src/main/camera/outside/ros-picture';
import { TopicReader } from '../../src/main/camera/outside/topic-reader';
import { Cameras, type TopicSource } from '../../src/shared/camera';
import { eventually } from '../eventually';

const SIDE = 16;
const camera = (source: Partial<TopicSource>) =>
  Cameras.parse([
    {
      name: 'hand',
      width: SIDE,
      height: SIDE,
      rate: 10,
      source: { kind: 'rosbridge', topic: '/camera', ...source },
    },
  ])[0]!;
const grey = (level: number) =>
  encode({ data: new Uint8Array(4 * SIDE * SIDE).fill(level), width: SIDE, height: SIDE }, 90).data;
const compressed = (level: number) => ({ format: 'jpeg', data: Buffer.from(grey(level)).toString('base64') });

describe('a picture as ROS sends it', () => {
  it('is the JPEG file that came, or one of the pixels that came, in any order of colours and with lines of any length', () => {
    expect(Buffer.from(rosPicture(compressed(90)) as Uint8Array).equals(grey(90))).toBe(true);
    for (const [encoding, pixel] of [
      ['rgb8', [250, 20, 20]],
      ['bgr8', [20, 20, 250]],
      ['bgra8', [20, 20, 250, 255]],
    ] as const) {
      const step = pixel.length * SIDE + 5;
      const data = Buffer.alloc(step * SIDE);
      for (let row = 0; row < SIDE; row++) {
        for (let i = 0; i < pixel.length * SIDE; i++) data[row * step + i] = pixel[i % pixel.length]!;
      }
      const file = rosPicture({ encoding, width: SIDE, height: SIDE, step, data: data.toString('base64') });
      const { data: rgb, width, height } = decodeJpeg(file as Uint8Array);
      expect([width, height]).toEqual([SIDE, SIDE]);
      expect(rgb[0]! - rgb[2]!).toBeGreaterThan(150);
    }
  });

  it('is a reason, and no exception, for anything else', () => {
    expect(rosPicture({ format: 'png', data: 'AAAA' })).toBe('its topic sends no JPEG files (png)');
    expect(rosPicture({ encoding: '16UC1', data: 'AAAA', width: 2, height: 1 })).toContain(
      'its pixels are 16UC1',
    );
    expect(rosPicture({ encoding: 'rgb8', data: 'AAAA', width: 64, height: 64 })).toContain(
      'fewer bytes than 64 × 64',
    );
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('data', 'format', 'encoding', 'width', 'height', 'step'),
          fc.oneof(fc.jsonValue(), fc.constantFrom('rgb8', 'mono8', 'constructor')),
        ),
        (message) => void rosPicture(message),
      ),
    );
  });
});

describe('a camera on a topic of ROS', () => {
  it('sees what comes, says why nothing does, and sees again when the server is back', async () => {
    let server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const serve = (level: number) =>
      server.on('connection', (socket) => {
        socket.on('message', (said) => {
          const { op, topic } = JSON.parse(String(said)) as { op: string; topic?: string };
          if (op === 'subscribe')
            socket.send(JSON.stringify({ op: 'publish', topic, msg: compressed(level) }));
        });
      });
    const seen = new OutsideCamera(camera({}));
    serve(40);
    const reader = new TopicReader(seen, seen.camera.source as TopicSource, `ws://127.0.0.1:${port}`);
    onTestFinished(() => {
      reader.close();
      server.close();
    });
    await eventually(() => expect(seen.received).toBe(1));
    expect(seen.trouble).toBeNull();
    for (const socket of server.clients) socket.terminate();
    server.close();
    await eventually(() => expect(seen.trouble).toContain('is lost'));
    server = new WebSocketServer({ host: '127.0.0.1', port });
    await once(server, 'listening');
    serve(200);
    await eventually(() => expect(seen.received).toBe(2));
    expect(seen.trouble).toBeNull();
  });

  it('says that nobody answers, and what a picture of another size has', async () => {
    const nobody = new OutsideCamera(camera({}));
    const reader = new TopicReader(nobody, nobody.camera.source as TopicSource, 'ws://127.0.0.1:9');
    onTestFinished(() => reader.close());
    await eventually(() =>
      expect(nobody.trouble).toMatch(/^no rosbridge server answers at ws:\/\/127.0.0.1:9 /),
    );
  });
});
