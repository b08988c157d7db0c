import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPolicyExport, type ExportSample, exportPolicy } from '../../src/main/policy/export';
import { Random } from '../../src/shared/random';
import { untrainedPolicy } from './policies';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-export-'));
});
afterAll(() => rm(folder, { recursive: true }));

const samples = (width: number, count = 40): ExportSample[] => {
  const random = new Random(3);
  return Array.from({ length: count }, () => {
    const state = Float32Array.from({ length: width }, () => random.uniformIn(-2, 2));
    return { state, feeds: { observation: state } };
  });
};

describe('an exported policy', () => {
  it.each([
    ['gaussian', {}, 2],
    ['deterministic', { kind: 'deterministic', history: 2 }, 5],
    ['categorical', { kind: 'categorical', values: [-2, 0.5, 2] }, 2],
    ['deterministic with values', { kind: 'deterministic', values: [-2, 0.5, 2] }, 2],
  ] as const)('of a %s actor does what the app does', async (name, how, width) => {
    const policy = await untrainedPolicy('pendulum', {
      ...how,
      values: 'values' in how ? [...how.values] : null,
    });
    const file = join(folder, `${name}.onnx`);
    await exportPolicy(policy, file, '1.2.3');
    const check = await checkPolicyExport(policy, file, samples(width));
    expect(check.states).toBe(40);
    expect(check.largestDifference).toBeLessThan(1e-6);
  });

  it('of another policy is told from this one', async () => {
    const [one, other] = [await untrainedPolicy('pendulum'), await untrainedPolicy('pendulum', { seed: 2 })];
    const file = join(folder, 'other.onnx');
    await exportPolicy(other, file, '1.2.3');
    expect((await checkPolicyExport(one, file, samples(2))).largestDifference).toBeGreaterThan(1e-3);
    await expect(checkPolicyExport(one, file, [])).rejects.toMatchObject({ code: 'bad-data' });
  });
});
