import { encode } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { OutsideCamera } from '../../src/main/camera/outside/outside-camera';
import { WindowCameras } from '../../src/main/core/cameras/window-cameras';
import { Client } from '../../src/main/core/clients';
import { Camera } from '../../src/shared/camera';

const CAMERA = Camera.parse({ name: 'top', width: 8, height: 8, rate: 10, source: { kind: 'usb' } });
const PICTURE = new Uint8Array(encode({ width: 8, height: 8, data: Buffer.alloc(256) }, 90).data);

describe('the pictures that windows bring of a camera', () => {
  it('are those of one window, until it is closed or loaded anew', () => {
    const clock = { now: () => 0, every: () => ({ dispose: () => undefined }) };
    const [one, other] = [new Client(clock), new Client(clock)];
    const camera = new OutsideCamera(CAMERA);
    const cameras = new WindowCameras([camera]);
    cameras.take('top', PICTURE, 30, one);
    cameras.take('top', PICTURE, 20, one);
    expect(() => cameras.take('top', PICTURE, 10, other)).toThrow(
      'Another window brings the pictures of camera "top".',
    );
    expect(camera.received).toBe(2);
    one.leave();
    cameras.take('top', PICTURE, 0, other);
    expect(camera.received).toBe(3);
  });

  it('are refused of a camera that the rig has not', () => {
    expect(() => new WindowCameras([]).take('top', PICTURE, 0, undefined)).toThrow('has no camera "top"');
  });
});
