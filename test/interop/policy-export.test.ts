import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decoderLayers } from '../../src/main/dynamics/latent/decoder';
import { initialLayers } from '../../src/main/dynamics/latent/encoder';
import { pixelStatistics } from '../../src/main/dynamics/latent/light';
import { filterLayers } from '../../src/main/dynamics/latent/recurrent/filter';
import { Seeing } from '../../src/main/dynamics/latent/seeing';
import type { Eyes } from '../../src/main/dynamics/types';
import { exportPolicy } from '../../src/main/policy/export';
import { plainNormaliser } from '../../src/main/policy/normaliser';
import { compileActing } from '../../src/main/policy/representation/acting';
import { initialActor } from '../../src/main/policy/representation/actor';
import { policySpace, toPhysical } from '../../src/main/policy/representation/space';
import type { Policy } from '../../src/main/policy/representation/types';
import { openEngine } from '../../src/main/tensor';
import { type Eyes as EyesSummary, latentChannels } from '../../src/shared/eyes';
import { Random } from '../../src/shared/random';
import { blankEyes, movingSquare, SUMMARY } from '../dynamics/latent/latent-helpers';
import { untrainedPolicy } from '../policy/policies';

const run = promisify(execFile);
const PYTHON = process.env.FORESIGHT_PYTHON ?? 'python3';

const missing = await run(PYTHON, ['-c', 'import numpy, onnxruntime']).then(
  () => undefined,
  (error: Error) => error.message,
);

/** The program between the markers of a document, as a reader would copy it. */
async function snippet(document: string, mark = 'policy-python'): Promise<string> {
  const text = await readFile(new URL(`../../${document}`, import.meta.url), 'utf8');
  const marked = new RegExp(
    `<!-- ${mark}:begin -->\\s*\`\`\`python\\n([\\s\\S]*?)\`\`\`\\s*<!-- ${mark}:end -->`,
  );
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

  it('goes from pictures to the action by the snippet in docs/latent.md', async () => {
    const eyes = blankEyes([movingSquare(20, new Random(3))]);
    const plain = await untrainedPolicy('pendulum');
    const summary = { ...plain.summary, eyes: eyes.summary, observations: latentChannels(eyes.summary) };
    const space = policySpace(summary);
    const own = new Map([...initialActor(space, summary.actor, new Random(1)), ...plainNormaliser(space)]);
    const pictured = join(folder, 'pictured.onnx');
    await exportPolicy({ ...plain, summary, arrays: own, eyes }, pictured, '1.2.3');
    const program = join(folder, 'pictured.py');
    await writeFile(program, await snippet('docs/latent.md', 'latent-policy-python'));
    const { stdout } = await run(PYTHON, [program, pictured]);
    const [about, acted] = stdout.trim().split('\n');
    expect(about).toBe('camera side picture (32, 32)');
    const engine = await openEngine('native');
    const seeing = await Seeing.open(engine, eyes, 1);
    const dark = Array.from({ length: eyes.summary.stack }, () => new Uint8Array(32 * 32));
    const actor = { shape: summary.actor, arrays: own };
    const acting = await compileActing(engine, space, actor);
    const [expected] = toPhysical(space, (await acting.act(actor, await seeing.state(dark))).greedy);
    await Promise.all([acting.dispose(), seeing.dispose()]);
    expect(Number(acted?.split(' ')[1])).toBeCloseTo(expected ?? Number.NaN, 4);
  });

  it('carries on what it believes by the second snippet of a policy in docs/latent.md', async () => {
    const shape: EyesSummary = {
      ...SUMMARY,
      stack: 1,
      recurrent: { remembered: 8, inferred: 3, actions: 1 },
    };
    const random = new Random(3);
    const eyes: Eyes = {
      summary: shape,
      arrays: new Map([
        ...pixelStatistics(shape, [movingSquare(20, random)], random),
        ...initialLayers(filterLayers(shape), random),
        ...initialLayers(decoderLayers(shape), random),
      ]),
    };
    const plain = await untrainedPolicy('pendulum');
    const summary = { ...plain.summary, eyes: shape, observations: latentChannels(shape) };
    const space = policySpace(summary);
    const own = new Map([...initialActor(space, summary.actor, new Random(1)), ...plainNormaliser(space)]);
    const carrying = join(folder, 'carrying.onnx');
    await exportPolicy({ ...plain, summary, arrays: own, eyes }, carrying, '1.2.3');
    const program = join(folder, 'carrying.py');
    await writeFile(program, await snippet('docs/latent.md', 'recurrent-policy-python'));
    const { stdout } = await run(PYTHON, [program, carrying]);
    const lines = stdout.trim().split('\n');
    const engine = await openEngine('native');
    const seeing = await Seeing.open(engine, eyes, 1);
    const actor = { shape: summary.actor, arrays: own };
    const acting = await compileActing(engine, space, actor);
    const first = { picture: new Uint8Array(32 * 32), saw: [true] };
    let belief: Float32Array | null = null;
    let action = new Float32Array(1);
    for (const [step, line] of lines.entries()) {
      const next = await seeing.filter!.after(belief, action, step === 0 ? first : null);
      belief = next.belief;
      action = Float32Array.from(toPhysical(space, (await acting.act(actor, next.latent)).greedy));
      expect(line).toMatch(new RegExp(`^${step} torque `));
      expect(Number(line.split(' ')[2])).toBeCloseTo(action[0]!, 4);
    }
    expect(lines).toHaveLength(3);
    await Promise.all([acting.dispose(), seeing.dispose()]);
  });
});
