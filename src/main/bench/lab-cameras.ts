import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Random } from '../../shared/random';

/** Of a picture, pixels. */
export const [WIDTH, HEIGHT] = [640, 480];
/** Pictures of a noisy sensor, which are sent in turn. */
const DIFFERENT = 8;
const QUALITY = 80;

/** What a noisy sensor of 640 × 480 pixels sees, each different from the others, as JPEG files. */
export async function labPictures(): Promise<Uint8Array[]> {
  const { encode } = await import('jpeg-js');
  const random = new Random(0);
  return Array.from({ length: DIFFERENT }, (_, i) => {
    const data = Buffer.alloc(4 * WIDTH * HEIGHT);
    for (let at = 0; at < data.length; at++) {
      const column = Math.floor(at / 4) % WIDTH;
      data[at] = Math.min(
        255,
        Math.max(0, 40 + (180 * ((column + 80 * i) % WIDTH)) / WIDTH + 4 * random.normal()),
      );
    }
    return encode({ width: WIDTH, height: HEIGHT, data }, QUALITY).data;
  });
}

/**
 * Stands in for cameras on a network: streams of JPEG files of 640 × 480 pixels, each like no other, each with the time at which
 * a camera would have taken it, whenever this process came to sending it. @returns its address
 */
export async function serveLabCameras(rate: number): Promise<string> {
  const files = await labPictures();
  const server = createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
    const began = performance.now();
    let sent = 0;
    let timer: NodeJS.Timeout;
    const next = () => {
      // A comment in the file (T.81, B.2.4.5) makes it one that was never sent before.
      const comment = Buffer.alloc(8);
      comment.writeUInt16BE(0xfffe, 0);
      comment.writeUInt16BE(6, 2);
      comment.writeUInt32BE(sent, 4);
      const file = files[sent % DIFFERENT]!;
      const jpeg = Buffer.concat([file.subarray(0, 2), comment, file.subarray(2)]);
      const takenAt = performance.timeOrigin + began + (1000 * sent) / rate;
      const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\nX-Timestamp: ${takenAt / 1000}\r\n\r\n`;
      response.write(Buffer.concat([Buffer.from(head), jpeg, Buffer.from('\r\n')]));
      sent++;
      timer = setTimeout(next, Math.max(0, began + (1000 * sent) / rate - performance.now()));
    };
    next();
    request.on('close', () => clearTimeout(timer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
