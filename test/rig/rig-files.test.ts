import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInRigsFolder } from '../../src/main/rig/files';
import { checkRig, loadRig, openDriver, readScene, rigFolders, rigListing } from '../../src/main/rig/index';
import { ForesightError } from '../../src/shared/errors';
import type { RigFile } from '../../src/shared/rig';
import { folderWith, noHost, rejection, temporaryFolder } from './rig-helpers';

async function balanceFile(): Promise<RigFile> {
  return JSON.parse(await readFile(join(builtInRigsFolder(), 'cartpole-balance', 'rig.json'), 'utf8'));
}

/** A user's folder with cartpole-balance, its rig.json changed by `change`. */
async function changedRig(change: (file: Record<string, unknown>) => void): Promise<string> {
  const file = (await balanceFile()) as unknown as Record<string, unknown>;
  change(file);
  const model = await readFile(join(builtInRigsFolder(), 'cartpole-balance', 'cartpole.xml'), 'utf8');
  const fine = model.replace(/timestep="[^"]*"/, 'timestep="1e-9"');
  return folderWith({ 'rig.json': file, 'cartpole.xml': model, 'fine.xml': fine });
}

/** The list of rigs, checked in this process. */
async function listRigs(userFolder?: string) {
  return Promise.all((await rigFolders(userFolder)).map((place) => rigListing(place, checkRig)));
}

/** A document with what is found by following `way` (each number a field of what is there) replaced. */
function replacedAt(document: unknown, [step, ...way]: number[], value: unknown): unknown {
  if (step === undefined || typeof document !== 'object' || document === null) return value;
  const keys = Object.keys(document);
  const key = keys[step % keys.length] ?? '0';
  const inner = replacedAt(Reflect.get(document, key), way, value);
  return Array.isArray(document)
    ? document.map((item, i) => (String(i) === key ? inner : item))
    : { ...document, [key]: inner };
}

describe('channel names', () => {
  it('that formulas could not use are refused by their place', async () => {
    const folder = await changedRig((file) => {
      (file.observations as { name: string }[])[1]!.name = 'mod';
    });
    const error = await rejection(loadRig(folder));
    expect(error.code).toBe('bad-file');
    expect(error.message).toContain('observations[1].name');
    expect(error.message).toContain('formula');
  });
});

describe('the values of a discrete action', () => {
  const withValues = (change: Record<string, unknown>) =>
    changedRig((file) => {
      Object.assign((file.actions as object[])[0] as object, change);
    });

  it('may be any ascending list with the hold value in it', async () => {
    const { file } = await loadRig(await withValues({ values: [-1, 0, 0.5, 1] }));
    expect(file.actions[0]?.values).toEqual([-1, 0, 0.5, 1]);
  });

  it.each([
    ['descend', { values: [1, 0, -1] }, 'ascend'],
    ['stand twice', { values: [-1, 0, 0, 1] }, 'none twice'],
    ['lie outside the limits', { values: [-2, 0, 1] }, 'within the limits -1 to 1, found -2'],
    ['lack the hold value', { values: [-1, 1] }, 'with the hold value 0'],
    [
      'are out of reach of each other',
      { values: [-1, 0, 1], ratePerSecond: 10 },
      'at most 0.2 apart, found 1',
    ],
  ])('are refused when they %s', async (_, change, reason) => {
    const error = await rejection(loadRig(await withValues(change)));
    expect(error.message).toContain('actions[0].values: expected ');
    expect(error.message).toContain(reason);
  });

  it('may be as far apart as the rate allows, to the rounding of its product', async () => {
    const { file } = await loadRig(await withValues({ values: [-0.3, 0, 0.3], ratePerSecond: 15 }));
    expect(file.actions[0]?.ratePerSecond).toBe(15);
  });
});

describe('built-in rigs', () => {
  it('are all found and usable', async () => {
    const rigs = await listRigs();
    expect(rigs.map((rig) => rig.name)).toEqual([
      'a1',
      'a1-rosbridge',
      'ball-robot-camera',
      'cartpole-balance',
      'cartpole-balance-camera',
      'cartpole-balance-noisy',
      'cartpole-serial',
      'cartpole-swingup',
      'cartpole-swingup-camera',
      'cartpole-swingup-camera-near',
      'cartpole-swingup-noisy',
      'dynamixel-pendulum',
      'furuta-pendulum',
      'gantry-grbl',
      'half-cheetah',
      'hopper',
      'inverted-pendulum',
      'odrive-pendulum',
      'ollie',
      'ollie-bluetooth',
      'pendulum',
      'pendulum-camera',
      'pendulum-camera-partial',
      'pendulum-camera-shaky',
      'pendulum-noisy',
      'pick-and-place-camera',
      'pusher',
      'reacher',
      'reacher-camera',
      'reacher-two-joints-camera',
      'servo-quadruped',
      'so101',
      'text-pendulum',
      'ur5',
      'ur5-joints',
      'ur5-joints-rosbridge',
      'ur5-rosbridge',
      'xarm',
      'xarm-joints',
      'xarm-joints-rosbridge',
      'xarm-rosbridge',
    ]);
    expect(rigs.map((rig) => rig.problem)).toEqual(rigs.map(() => null));
  });

  it('the serial cart-pole has the channels, period and task of the one that simulates it', async () => {
    const [serial, simulated] = [await loadRig('cartpole-serial'), await loadRig('cartpole-balance')];
    const plain = (rig: typeof serial) =>
      rig.file.observations.map(({ name, unit, limits }) => ({ name, unit, limits }));
    expect(plain(serial)).toEqual(plain(simulated));
    expect(serial.file.task).toEqual(simulated.file.task);
    expect(serial.file.serial?.simulation).toBe(simulated.folder);
  });
});

describe('a user’s own folder', () => {
  it('works wherever a built-in name does', async () => {
    const folder = await temporaryFolder();
    await cp(join(builtInRigsFolder(), 'pendulum'), join(folder, 'my-pendulum'), { recursive: true });
    const byPath = await loadRig(join(folder, 'my-pendulum'));
    const byFile = await loadRig(join(folder, 'my-pendulum', 'rig.json'));
    const byName = await loadRig('my-pendulum', folder);
    expect(byFile).toEqual(byPath);
    expect(byName).toEqual(byPath);
    expect(byPath.builtIn).toBe(false);
    const driver = await openDriver(byPath, { mode: 'lockstep', seed: 0 }, noHost);
    expect(driver.latest()?.values).toHaveLength(2);
    await driver.close();
  });

  it('is listed beside the built-in rigs, with the reason when it cannot be used', async () => {
    const folder = await temporaryFolder();
    await cp(join(builtInRigsFolder(), 'pendulum'), join(folder, 'good'), { recursive: true });
    await mkdir(join(folder, 'broken'));
    await writeFile(join(folder, 'broken', 'rig.json'), '{ "schema": ');
    await mkdir(join(folder, 'no-rig'));
    const own = (await listRigs(folder)).filter((rig) => !rig.builtIn);
    expect(own.map((rig) => rig.folder)).toEqual([join(folder, 'broken'), join(folder, 'good')]);
    expect(own[0]?.problem).toMatch(/broken\/rig\.json: the file: expected JSON/);
    expect(own[1]?.problem).toBeNull();
  });

  it('may include other MJCF files and read sensors', async () => {
    const folder = await folderWith({
      'rig.json': {
        ...(await balanceFile()),
        mujoco: { model: 'main.xml', noise: {} },
        scene: { model: 'main.xml', joints: {} },
        observations: [
          { name: 'tip_height', unit: 'm', source: { sensor: 'tip', index: 2 } },
          { name: 'swing', unit: 'rad', source: { joint: 'swing', quantity: 'position' } },
        ],
        actions: [{ name: 'torque', unit: 'N m', limits: [-1, 1], actuator: 'motor' }],
      },
      'main.xml': `<mujoco><option timestep="0.01" gravity="0 0 -9.81"/><include file="arm.xml"/>
        <actuator><motor name="motor" joint="swing"/></actuator>
        <sensor><framepos name="tip" objtype="site" objname="tip"/></sensor></mujoco>`,
      'arm.xml': `<mujocoinclude><worldbody><body><joint name="swing" type="hinge" axis="0 1 0"/>
        <geom type="capsule" fromto="0 0 0 1 0 0" size="0.05"/><site name="tip" pos="1 0 0"/></body></worldbody></mujocoinclude>`,
    });
    const rig = await checkRig(folder);
    expect((await readScene(rig)).drawing.joints.map(({ name }) => name)).toEqual(['swing']);
    const driver = await openDriver(rig, { mode: 'lockstep', seed: 0 }, noHost);
    const [height, angle] = driver.advance?.(new Float64Array([0]))?.values ?? [];
    expect(angle).toBeGreaterThan(0);
    // The sensor is of the same instant as the joint, not one physics step behind it.
    expect(height).toBeCloseTo(-Math.sin(angle ?? 0), 12);
    await driver.close();
  });
});

describe('a bad rig file', () => {
  it.each<[string, (file: Record<string, unknown>) => void, string]>([
    [
      'text where a number must be',
      (file) => Object.assign(file, { periodSeconds: 'fast' }),
      'periodSeconds: expected a number, found "fast"',
    ],
    [
      'a number where text must be',
      (file) => Object.assign((file.observations as object[])[1]!, { unit: 3 }),
      'observations[1].unit: expected text, found 3',
    ],
    [
      'an angle that goes round in degrees',
      (file) => Object.assign((file.observations as object[])[0]!, { angle: true, unit: 'deg' }),
      'observations[0].unit: expected "rad" for an angle that goes round, found "deg"',
    ],
    [
      'a field that does not exist',
      (file) => Object.assign((file.actions as object[])[0]!, { limit: [0, 1] }),
      'actions[0]: expected no field "limit"',
    ],
    [
      'limits the wrong way round',
      (file) => Object.assign((file.actions as object[])[0]!, { limits: [1, -1] }),
      'actions[0].limits: expected two numbers, the lower one first',
    ],
    [
      'an unknown driver',
      (file) => Object.assign(file, { driver: 'ros' }),
      'driver: expected "mujoco" or "serial" or "feetech" or "dynamixel" or "text" or "gcode" or "odrive" or "rosbridge" or "sphero", found "ros"',
    ],
    [
      'a field left out',
      (file) => Reflect.deleteProperty(file, 'task'),
      'task: expected an object, found nothing',
    ],
    [
      'one name twice',
      (file) => Object.assign((file.actions as object[])[0]!, { name: 'pole_angle' }),
      'actions[0].name: expected a name used once; "pole_angle" stands twice',
    ],
    [
      'a negative period',
      (file) => Object.assign(file, { periodSeconds: -1 }),
      'periodSeconds: expected a number above 0, found -1',
    ],
    [
      'a name that is no identifier',
      (file) => Object.assign((file.observations as object[])[0]!, { name: 'Cart Position' }),
      'observations[0].name: expected a name of lower-case letters, digits and _ that starts with a letter, found "Cart Position"',
    ],
    [
      'a joint the model does not have',
      (file) =>
        Object.assign((file.observations as object[])[0]!, {
          source: { joint: 'wheel', quantity: 'position' },
        }),
      'observations[0].source.joint: expected the name of one of the model\'s joints ("cart", "pole"), found "wheel"',
    ],
    [
      'an actuator the model does not have',
      (file) => Object.assign((file.actions as object[])[0]!, { actuator: 'engine' }),
      'actions[0].actuator: expected the name of one of the model\'s actuators ("push"), found "engine"',
    ],
    [
      'a period that is no multiple of the time step',
      (file) => Object.assign(file, { periodSeconds: 0.03 }),
      "periodSeconds: expected a whole multiple of the model's time step of 0.02 s, found 0.03",
    ],
    [
      'a period of more time steps than can be waited for',
      (file) =>
        Object.assign(file, {
          periodSeconds: 10,
          mujoco: { model: 'fine.xml' },
          scene: { model: 'fine.xml', joints: {} },
        }),
      "periodSeconds: expected at most 100000 of the model's time steps of 1e-9 s, found 10000000000",
    ],
    [
      'a drawing driven by a channel that does not exist',
      (file) => Object.assign(file.scene as object, { joints: { cart: 'speed' } }),
      'scene.joints.cart: expected an observation channel',
    ],
    [
      'a missing model',
      (file) => Object.assign(file.mujoco as object, { model: 'gone.xml' }),
      'There is no model file',
    ],
  ])('with %s says where and what was expected', async (_, change, sentence) => {
    const error = await rejection(checkRig(await changedRig(change)));
    expect(error.message).toContain(sentence);
    expect(error.code).toBe('bad-file');
  });

  it('with an MJCF that MuJoCo cannot build repeats what MuJoCo says', async () => {
    const folder = await folderWith({
      'rig.json': await balanceFile(),
      'cartpole.xml': '<mujoco><worldbody><wheel/></worldbody></mujoco>',
    });
    const error = await rejection(checkRig(folder));
    expect(error.message).toMatch(
      /cartpole\.xml is no model MuJoCo can build: .*unrecognized element.*'wheel'/,
    );
  });

  it('is refused as a file, whatever stands in whichever place of it', async () => {
    const good = (await balanceFile()) as unknown;
    const folder = await temporaryFolder();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(20), { maxLength: 5 }),
        fc.jsonValue({ maxDepth: 3 }),
        async (way, value) => {
          await writeFile(join(folder, 'rig.json'), JSON.stringify(replacedAt(good, way, value)));
          const error = await loadRig(folder).then(
            () => null,
            (thrown: unknown) => thrown,
          );
          expect(error === null || (error instanceof ForesightError && error.code === 'bad-file')).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each<[string, unknown]>([
    ['lists in each other', `{"schema": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['a name for every byte', `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}": 1`).join(', ')}}`],
    ['brackets without end', '['.repeat(1_000_000)],
    ['one long word', JSON.stringify({ schema: 'x'.repeat(1_000_000) })],
    ['no words', '\u0000'.repeat(1000)],
  ])('of %s, as large as it may be, is refused in a sentence that can be read', async (_, text) => {
    const error = await rejection(loadRig(await folderWith({ 'rig.json': text })));
    expect(error.code).toBe('bad-file');
    expect(error.message.length).toBeLessThan(1500);
  });

  it('whose model is 1 MB of brackets is refused', async () => {
    for (const text of [
      '<'.repeat(1_000_000),
      '<!--'.repeat(250_000),
      '<a '.repeat(300_000),
      '<mujoco>'.repeat(100_000),
    ]) {
      const folder = await folderWith({ 'rig.json': await balanceFile(), 'cartpole.xml': text });
      expect((await rejection(checkRig(folder))).message).toContain('is no model MuJoCo can build');
    }
  });

  it('of 2 MB is not read', async () => {
    const folder = await folderWith({ 'rig.json': `"${'x'.repeat(2 * 1024 * 1024)}"` });
    expect((await rejection(loadRig(folder))).message).toContain('of at most 1048576 bytes');
  });

  it('that does not exist is told of with the names that may have been meant', async () => {
    const folder = await folderWith({ 'my-bench/rig.json': '{}' });
    const said = async (name: string) => {
      const error = await rejection(loadRig(name, folder));
      expect(error.code).toBe('not-found');
      return /Did you mean (.*)\?$/.exec(error.message)?.[1];
    };
    expect(await said('cartpole-swing')).toBe(
      '"cartpole-swingup", "cartpole-swingup-camera", "cartpole-swingup-camera-near", "cartpole-swingup-noisy"',
    );
    expect(await said('pendlum')).toBe('"pendulum"');
    expect(await said('bench')).toBe('"my-bench"');
    expect(await said('something-else')).toBeUndefined();
  });
});
