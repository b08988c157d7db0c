import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportPolicy } from '../../src/main/policy/export';
import { compileActing } from '../../src/main/policy/representation/acting';
import { policySpace, toPhysical } from '../../src/main/policy/representation/space';
import type { Policy } from '../../src/main/policy/representation/types';
import { openEngine } from '../../src/main/tensor';
import { untrainedPolicy } from '../policy/policies';

const run = promisify(execFile);
const PYTHON = process.env.FORESIGHT_PYTHON ?? 'python3';

const missing = await run(PYTHON, ['-c', 'import numpy, onnxruntime']).then(
  () => undefined,
  (error: Error) => error.message,
);

/** The program between the markers of a document, as a reader would copy it. */
async function snippet(document: string): Promise<string> {
  const text = await readFile(new URL(`../../${document}`, import.meta.url), 'utf8');
  const marked = /<!-- policy-python:begin -->\s*```python\n([\s\S]*?)```\s*<!-- policy-python:end -->/;
  const [, code] = marked.exec(text) ?? [];
  if (code === undefined) throw new Error(`${document} has no Python between its markers`);
  return code;
}

describe.skipIf(missing !== undefined)('an exported policy in Python', () => {
  let folder: string;
  let file: string;
  let policy: Policy;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-interop-'));
    file = join(folder, 'pendulum.onnx');
    policy = await untrainedPolicy('pendulum');
    await exportPolicy(policy, file, '1.2.3');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['docs/policies.md', 'README.md'])('does what the app does by the snippet in %s', async (page) => {
    const program = join(folder, 'snippet.py');
    await writeFile(program, await snippet(page));
    const { stdout } = await run(PYTHON, [program, file]);
    const space = policySpace(policy.summary);
    const actor = { shape: policy.summary.actor, arrays: policy.arrays };
    const acting = await compileActing(await openEngine('native'), space, actor);
    const [own] = toPhysical(space, (await acting.act(actor, new Float32Array(2))).greedy);
    await acting.dispose();
    const [, action, unit] = /^torque (\S+) (.+)$/.exec(stdout.trim()) ?? [];
    expect(unit).toBe(policy.summary.actions[0]?.unit);
    expect(Math.abs(Number(action) - (own ?? Number.NaN))).toBeLessThan(1e-5);
  });
});
