import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ballStl } from '../../../../scripts/mesh-arm.mjs';
import { checkRig, loadRig } from '../../../../src/main/rig';
import { compileModel } from '../../../../src/main/rig/drivers/mujoco/compile';
import { loadMujoco } from '../../../../src/main/rig/drivers/mujoco/engine';
import { openPlant } from '../../../../src/main/rig/drivers/mujoco/plant';
import { folderWith, rejection, smallRig, temporaryFolder } from '../../rig-helpers';

let cache: string;
beforeEach(async () => {
  cache = await temporaryFolder();
  vi.stubEnv('FORESIGHT_CACHE', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const model = (files: string[]) => `<mujoco><asset>${files
  .map((file) => `<mesh name="${file}" file="${file}"/>`)
  .join('')}</asset>
  <worldbody><body><joint name="j" axis="0 1 0"/>${files
    .map((file, i) => `<geom type="mesh" mesh="${file}" pos="${i} 0 0" mass="1"/>`)
    .join('')}</body></worldbody><actuator><motor name="m" joint="j"/></actuator></mujoco>`;

/** A rig with a mesh that is worth keeping. */
const heavyRig = () =>
  folderWith({
    'rig.json': smallRig(),
    'm.xml': model(['a.stl', 'b.stl']),
    'a.stl': ballStl(40),
    'b.stl': ballStl(8),
  });

/** How often MuJoCo compiles an MJCF file from now on. */
async function compiles(): Promise<() => number> {
  const spy = vi.spyOn((await loadMujoco()).module.MjModel, 'from_xml_path');
  return () => spy.mock.calls.length;
}

const kept = () => readdirSync(join(cache, 'models')).map((name) => join(cache, 'models', name));

describe('a model with large meshes', () => {
  it('is compiled once for all that read the rig, and again when a mesh has changed', async () => {
    const folder = await heavyRig();
    const count = await compiles();
    const rig = await checkRig(folder);
    await checkRig(folder);
    (await openPlant(rig, 0)).dispose();
    expect(count()).toBe(1);
    writeFileSync(join(folder, 'b.stl'), ballStl(9));
    await checkRig(folder);
    expect(count()).toBe(2);
  });

  it('is compiled once for copies of a rig in other folders', async () => {
    const [one, other] = [await heavyRig(), await heavyRig()];
    const count = await compiles();
    await checkRig(one);
    await checkRig(other);
    expect(count()).toBe(1);
  });

  it('moves exactly the same when it was kept', async () => {
    const rig = await loadRig(await heavyRig());
    const steps = async () => {
      const plant = await openPlant(rig, 3);
      const rows = Array.from({ length: 50 }, (_, i) => [...plant.step([Math.sin(i)])]);
      plant.dispose();
      return rows;
    };
    const count = await compiles();
    const compiled = await steps();
    expect(await steps()).toEqual(compiled);
    expect(count()).toBe(1);
  });

  it('is compiled again when what was kept is damaged or cut off', async () => {
    const folder = await heavyRig();
    await checkRig(folder);
    const [file] = kept();
    const bytes = readFileSync(file!);
    const count = await compiles();
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 1000]! ^= 1;
    for (const damaged of [flipped, bytes.subarray(0, bytes.length / 2), Buffer.alloc(0)]) {
      const before = count();
      writeFileSync(file!, damaged);
      await checkRig(folder);
      expect(count()).toBe(before + 1);
    }
  });

  it('is compiled every time where nothing can be kept', async () => {
    const folder = await heavyRig();
    writeFileSync(join(cache, 'models'), 'no folder');
    const count = await compiles();
    await checkRig(folder);
    await checkRig(folder);
    expect(count()).toBe(2);
  });
});

describe('a model that is too much', () => {
  const folderOf = (asset: string, geom: string) =>
    folderWith({
      'm.xml': `<mujoco><asset>${asset}</asset><worldbody>${geom}</worldbody></mujoco>`,
    });

  it.each([
    [
      'stops MuJoCo in the middle of it',
      '<texture name="t" type="2d" builtin="flat" width="40000" height="40000"/>',
      '<geom size="1"/>',
      /stopped in the middle|memory/,
    ],
    [
      'wants more memory than there may be',
      '<hfield name="h" nrow="30000" ncol="30000" size="1 1 1 1"/>',
      '<geom type="hfield" hfield="h"/>',
      /needs more than 1024 MB of memory/,
    ],
  ])('and %s is refused, and what is compiled after it is not', async (_, asset, geom, words) => {
    const folder = await folderOf(asset, geom);
    const mujoco = await loadMujoco();
    const compile = async () => compileModel(mujoco, folder, join(folder, 'm.xml'));
    const error = await rejection(compile());
    expect(error.code).toBe('bad-file');
    expect(error.message).toMatch(words);
    expect(await loadMujoco()).not.toBe(mujoco);
    await checkRig('cartpole-balance');
  });
});
