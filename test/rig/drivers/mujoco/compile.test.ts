import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ballStl } from '../../../../scripts/mesh-arm.mjs';
import { checkRig, loadRig } from '../../../../src/main/rig';
import { compileModel } from '../../../../src/main/rig/drivers/mujoco/compile';
import { loadMujoco } from '../../../../src/main/rig/drivers/mujoco/engine';
import { openPlant } from '../../../../src/main/rig/drivers/mujoco/plant';
import { ForesightError } from '../../../../src/shared/errors';
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

describe('whatever becomes of a file on its way', () => {
  const model = `<mujoco><asset><mesh name="ball" file="ball.stl"/><texture name="t" type="2d" builtin="checker" width="8" height="8"/>
    <material name="m" texture="t"/></asset><default><geom material="m"/></default><worldbody><body><joint name="j" axis="0 1 0" range="-1 1"/>
    <geom type="mesh" mesh="ball"/><replicate count="3" offset="1 0 0"><site size="0.1"/></replicate></body></worldbody>
    <actuator><position name="m" joint="j" kp="3" ctrlrange="-1 1"/></actuator><sensor><jointpos joint="j"/></sensor></mujoco>`;
  const damages = fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.nat(30),
      put: fc.string({ maxLength: 12, unit: fc.constantFrom(...'<>/="- 0123456789.eabcdjlmnopstxyz') }),
    }),
    { minLength: 1, maxLength: 3 },
  );
  type Damage = { at: number; removed: number; put: string };
  const damaged = (content: Buffer, all: Damage[]): Buffer =>
    all.reduce((before, { at, removed, put }) => {
      const from = Math.floor(at * before.length);
      return Buffer.concat([before.subarray(0, from), Buffer.from(put), before.subarray(from + removed)]);
    }, content);

  it.each(['m.xml', 'ball.stl'])('%s is compiled, or refused with the name of a file', async (name) => {
    const folder = await temporaryFolder();
    const whole: Record<string, Buffer> = {
      'm.xml': Buffer.from(model),
      'ball.stl': Buffer.from(ballStl(6)),
    };
    await fc.assert(
      fc.asyncProperty(damages, async (all) => {
        for (const [file, content] of Object.entries(whole)) {
          writeFileSync(join(folder, file), file === name ? damaged(content, all) : content);
        }
        const mujoco = await loadMujoco();
        try {
          compileModel(mujoco, folder, join(folder, 'm.xml')).delete();
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ForesightError);
          expect((thrown as ForesightError).message).toContain(folder);
        }
      }),
      // The same every time: damage that asks for a billion copies of a site is a test of patience.
      { numRuns: 100, seed: 10 },
    );
  });
});
