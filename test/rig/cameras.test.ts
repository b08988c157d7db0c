import { describe, expect, it } from 'vitest';
import { checkRig, loadRig } from '../../src/main/rig/index';
import { folderWith, rejection, smallRig } from './rig-helpers';

const MODEL = `<mujoco>
  <worldbody>
    <camera name="side" pos="0 -3 0" xyaxes="1 0 0 0 0 1"/>
    <camera name="flat" projection="orthographic" fovy="2"/>
    <body><joint name="j" type="hinge"/><geom size="0.1"/></body>
  </worldbody>
  <actuator><motor name="m" joint="j" ctrlrange="-1 1"/></actuator>
</mujoco>`;

const SIDE = {
  ...{ name: 'side', width: 64, height: 48, rate: 25 },
  source: { kind: 'simulated', camera: 'side' },
};
const rigWith = (cameras: unknown, changes: Record<string, unknown> = {}) =>
  folderWith({ 'rig.json': smallRig({ cameras, ...changes }), 'm.xml': MODEL });

describe('cameras in a rig file', () => {
  it('are read, with one ray a pixel and pictures of a perfect camera unless the file says otherwise', async () => {
    const { file } = await checkRig(await rigWith([SIDE]));
    const perfect = { noise: 0, light: 0, shake: 0, latencySeconds: 0, dropped: 0, blackEvery: 0 };
    expect(file.cameras).toEqual([{ ...SIDE, source: { ...SIDE.source, raysPerPixel: 1, ...perfect } }]);
  });

  it('may bring their pictures from outside, whatever drives the rig, at a rate of their own', async () => {
    const outside = [
      { ...SIDE, rate: 200, source: { kind: 'usb' } },
      { ...SIDE, name: 'top', source: { kind: 'stream', url: 'http://10.0.0.7:81/stream' } },
    ];
    expect((await checkRig(await rigWith(outside))).file.cameras).toEqual(outside);
  });

  it('may be left out', async () => {
    const { file } = await loadRig(await rigWith(undefined));
    expect(file.cameras).toEqual([]);
  });

  it.each([
    ['with a field nobody knows', { fps: 30 }, 'cameras[0]: expected no field "fps"'],
    ['that are too small', { width: 7 }, 'cameras[0].width: expected a number of at least 8, found 7'],
    ['that are too large', { height: 2049 }, 'cameras[0].height: expected a number of at most 2048'],
    ['with half a pixel', { width: 64.5 }, 'cameras[0].width: expected'],
    ['with a name that names a file elsewhere', { name: '../up' }, 'cameras[0].name: expected lower-case'],
    [
      'of a kind nobody knows',
      { source: { kind: 'ftp' } },
      'cameras[0].source.kind: expected "simulated" or "usb" or "stream" or "rosbridge", found "ftp"',
    ],
    [
      'with an address that is none',
      { source: { kind: 'stream', url: 'file:///etc/passwd' } },
      'cameras[0].source.url: expected an address that begins with http:// or https://',
    ],
    ['without a rate', { rate: 0 }, 'cameras[0].rate: expected a number above 0'],
    ['that are faster than the rig moves', { rate: 51 }, 'cameras[0].rate: expected at most 50'],
    [
      'with three rays a pixel',
      { source: { ...SIDE.source, raysPerPixel: 3 } },
      'cameras[0].source.raysPerPixel',
    ],
  ])('are refused: those %s', async (_, change, sentence) => {
    const error = await rejection(loadRig(await rigWith([{ ...SIDE, ...change }])));
    expect(error.code).toBe('bad-file');
    expect(error.message).toContain(sentence);
  });

  it('are refused when two have one name', async () => {
    const error = await rejection(loadRig(await rigWith([SIDE, SIDE])));
    expect(error.message).toContain('cameras[1].name: expected a name used once; "side" stands twice');
  });

  it('are refused on a rig that nothing simulates', async () => {
    const serial = { driver: 'serial', serial: { firmware: 'f' } };
    const error = await rejection(loadRig(await rigWith([SIDE], serial)));
    expect(error.message).toContain('cameras[0].source: expected no simulated camera');
  });

  it('are refused by name, with those that the model has, when it has no such camera', async () => {
    const cameras = [{ ...SIDE, source: { kind: 'simulated', camera: 'top' } }];
    const error = await rejection(checkRig(await rigWith(cameras)));
    expect(error.message).toContain(
      'cameras[0].source.camera: expected the name of one of the model\'s cameras ("side", "flat"), found "top"',
    );
  });

  it('are refused when they show what is far as large as what is near', async () => {
    const cameras = [{ ...SIDE, source: { kind: 'simulated', camera: 'flat' } }];
    const error = await rejection(checkRig(await rigWith(cameras)));
    expect(error.message).toContain('"flat" is orthographic');
  });
});
