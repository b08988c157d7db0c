import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialMlp } from '../../src/main/dynamics/mlp';
import { decodeSafetensors, encodeSafetensors } from '../../src/main/dynamics/safetensors';
import { policyHash, readPolicy, writePolicy } from '../../src/main/policy/representation/policy-file';
import type { Policy } from '../../src/main/policy/representation/types';
import { Random } from '../../src/shared/random';
import { untrainedPolicy } from './policies';

let folder: string;
let policy: Policy;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-policies-'));
  const shape = { hiddenLayers: 2, hiddenUnits: 5, activation: 'tanh' } as const;
  const sizes = { members: 1, inputs: 3, outputs: 1 };
  const value = initialMlp(shape, sizes, new Random(2), 'value/');
  policy = await untrainedPolicy('pendulum', { value });
  file = await writePolicy(policy, folder, '1.2.3');
});
afterAll(() => rm(folder, { recursive: true }));

/** The file with another description or other arrays, in a place of its own. */
async function changed(
  change: (
    summary: Record<string, unknown>,
    tensors: ReturnType<typeof decodeSafetensors>['tensors'],
  ) => void,
): Promise<string> {
  const other = join(folder, 'other.safetensors');
  const { metadata, tensors } = decodeSafetensors(await readFile(file), file);
  const description = JSON.parse(metadata.foresight ?? '');
  change(description.summary, tensors);
  await writeFile(
    other,
    encodeSafetensors({ metadata: { foresight: JSON.stringify(description) }, tensors }),
  );
  return other;
}

describe('a policy file', () => {
  it('is named by its hash, gives back the policy with its value, and leaves nothing beside it', async () => {
    expect(file).toBe(join(folder, `${policy.summary.hash}.safetensors`));
    expect(await readPolicy(file)).toEqual(policy);
    expect((await readdir(folder)).filter((name) => name.includes(policy.summary.hash))).toHaveLength(1);
  });

  it('of a policy without a value gives none back', async () => {
    const plain = await untrainedPolicy('cartpole-swingup');
    expect(await readPolicy(await writePolicy(plain, folder, '1.2.3'))).toEqual(plain);
  });

  it('of a rig with discrete actions gives back a policy that chooses', async () => {
    const choosing = await untrainedPolicy('cartpole-balance', {
      kind: 'categorical',
      values: [-1, 0, 1],
      history: 2,
    });
    expect(await readPolicy(await writePolicy(choosing, folder, '1.2.3'))).toEqual(choosing);
  });

  it('has the same hash whatever its name, date, curve and evaluation, and another one for other steps', () => {
    const { summary } = policy;
    const renamed = {
      ...policy,
      summary: { ...summary, name: 'b', createdAt: 0, trainSeconds: 9, notes: ['x'] },
    };
    expect(policyHash(renamed)).toBe(summary.hash);
    expect(policyHash({ ...policy, summary: { ...summary, steps: 5 } })).not.toBe(summary.hash);
    expect(policyHash({ ...policy, value: null })).not.toBe(summary.hash);
  });

  it('cut short, or changed in a byte of its arrays, is refused with its name', async () => {
    const bytes = await readFile(file);
    const broken = join(folder, 'broken.safetensors');
    const last = Buffer.from(bytes);
    last[bytes.length - 2] = (last[bytes.length - 2] ?? 0) ^ 1;
    for (const content of [bytes.subarray(0, 100), bytes.subarray(0, -5), last]) {
      await writeFile(broken, content);
      await expect(readPolicy(broken)).rejects.toMatchObject({ code: 'bad-file' });
      await expect(readPolicy(broken)).rejects.toThrow(`${broken} is not a policy file of Foresight`);
    }
  });

  it.each<[string, Parameters<typeof changed>[0], string]>([
    [
      'another shape of actor',
      (s) => Object.assign(s.actor as object, { hiddenUnits: 9 }),
      '"actor/layer0/kernel" is not [1,3,9]',
    ],
    [
      'an algorithm that nobody knows',
      (s) => Object.assign(s.algorithm as object, { name: 'ppo' }),
      'algorithm.name in its description',
    ],
    [
      'layers without number',
      (s) => Object.assign(s.actor as object, { hiddenLayers: 1e9 }),
      'actor.hiddenLayers in its description',
    ],
    [
      'a choice among continuous actions',
      (s) => Object.assign(s.actor as object, { kind: 'categorical' }),
      'its actions are continuous',
    ],
    [
      'limits the wrong way round',
      (s) => Object.assign((s.actions as object[])[0] as object, { limits: [2, -2] }),
      'the limits of "torque" are 2 and -2',
    ],
    ['another number of steps', (s) => Object.assign(s, { steps: 7 }), 'does not match its checksum'],
    [
      'an array of nobody',
      (_s, t) => t.set('extra', { shape: [1], values: Float32Array.of(1) }),
      '"extra" belongs to no policy',
    ],
    [
      'a value that does not end in one number',
      (_s, t) => t.delete('value/layer2/bias'),
      '"value/layer2/bias" is not [1,1,1]',
    ],
    [
      'a weight that is no number',
      (_s, t) => t.get('actor/layer0/bias')?.values.fill(Number.NaN),
      'values that are no numbers',
    ],
  ])('with %s is refused with what is wrong', async (_what, change, sentence) => {
    await expect(readPolicy(await changed(change))).rejects.toThrow(sentence);
  });

  it('that is a model file, or none at all, is said to be none', async () => {
    const other = join(folder, 'model.safetensors');
    await writeFile(other, encodeSafetensors({ metadata: {}, tensors: new Map() }));
    await expect(readPolicy(other)).rejects.toThrow('it says nothing about a policy');
    await expect(readPolicy(join(folder, 'none.safetensors'))).rejects.toMatchObject({ code: 'not-found' });
  });
});
