import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx, oneStepProgram } from '../../src/main/dynamics/export';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { openEngine } from '../../src/main/tensor';
import { CLASS_OPTIONS, TrainOptions } from '../../src/shared/model-options';
import { PENDULUM, pendulumEpisodes, quickOptions } from '../dynamics/dynamics-helpers';

const run = promisify(execFile);
const PYTHON = process.env.FORESIGHT_PYTHON ?? 'python3';
const REQUIRED = process.env.FORESIGHT_INTEROP === 'required';

const missing = await run(PYTHON, ['-c', 'import numpy, onnxruntime']).then(
  () => undefined,
  (error: Error) => error.message,
);

/** The program between the markers of a document, as a reader would copy it. */
async function snippet(document: string): Promise<string> {
  const text = await readFile(new URL(`../../${document}`, import.meta.url), 'utf8');
  const [, code] = /<!-- python:begin -->\s*```python\n([\s\S]*?)```\s*<!-- python:end -->/.exec(text) ?? [];
  if (code === undefined) throw new Error(`${document} has no Python between its markers`);
  return code;
}

/** Predictions for states given as JSON on the command line, by another program's session. */
const PREDICT = `
import json, sys
import numpy as np, onnxruntime as ort
model = ort.InferenceSession(sys.argv[1])
steps = json.loads(sys.argv[2])
out = []
for observation, action in steps:
    feeds = {"observation": np.array([observation], np.float32), "action": np.array([action], np.float32)}
    after, mean, std = model.run(["next_observation", "member_mean", "member_std"], feeds)
    out.append([after[0].tolist(), mean[:, 0].tolist(), std[:, 0].tolist()])
print(json.dumps({"steps": out, "metadata": model.get_modelmeta().custom_metadata_map}))
`;

it.runIf(REQUIRED)('Python with onnxruntime and numpy is here, as required', () => {
  expect(missing).toBeUndefined();
});

describe.skipIf(missing !== undefined)('an exported model in Python', () => {
  let folder: string;
  let file: string;
  let model: DynamicsModel;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-interop-'));
    file = join(folder, 'pendulum.onnx');
    const episodes = pendulumEpisodes(2, 100);
    const options = quickOptions({ epochs: 10 });
    model = await trainModel({ name: 'p', rig: 'pendulum', channels: PENDULUM, episodes, options });
    await exportOnnx(model, file, { foresight: '1.2.3' });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['docs/models.md', 'README.md'])('is explained by the snippet in %s', async (page) => {
    const program = join(folder, 'snippet.py');
    await writeFile(program, await snippet(page));
    const { stdout } = await run(PYTHON, [program, file], {
      env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
    });
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^angle \S+ ± \S+ rad$/);
    expect(lines[1]).toMatch(/^speed \S+ ± \S+ rad\/s$/);
  });

  /** What Python makes of an exported file, beside what the app itself predicts. */
  async function compare(exported: DynamicsModel, path: string, steps: [number[], number[]][]) {
    const { stdout } = await run(PYTHON, ['-c', PREDICT, path, JSON.stringify(steps)]);
    const answer = JSON.parse(stdout) as { steps: number[][][][]; metadata: Record<string, string> };
    expect(answer.metadata['foresight.hash']).toBe(exported.summary.hash);
    const { program, specs } = oneStepProgram(exported, 1);
    const own = await (await openEngine()).compile(program, specs, { name: 'own' });
    for (const [i, [observation, action]] of steps.entries()) {
      const feeds = { observation: Float32Array.from(observation), action: Float32Array.from(action) };
      const outputs = await own.run(feeds);
      for (const [k, name] of ['next_observation', 'member_mean', 'member_std'].entries()) {
        const theirs = (answer.steps[i]?.[k] ?? []).flat() as unknown as number[];
        const ours = [...(outputs[name] as Float32Array)];
        expect(theirs).toHaveLength(ours.length);
        for (const [j, value] of ours.entries()) expect(theirs[j]).toBeCloseTo(value, 4);
      }
    }
    await own.dispose();
  }

  it('gives the numbers that the app gives', async () => {
    await compare(model, file, [
      [[0.5, -1], [0.7]],
      [[3.1, 2], [-2]],
      [[-2, 0], [0]],
    ]);
  });

  it.each(CLASS_OPTIONS.map((schema) => schema.shape.name.value))(
    'of the class %s, with a history, gives the numbers that the app gives',
    async (name) => {
      const episodes = pendulumEpisodes(2, 60);
      const options = TrainOptions.parse({ class: { name }, history: 2, epochs: 3, batchSize: 32 });
      const other = await trainModel({ name, rig: 'pendulum', channels: PENDULUM, episodes, options });
      const path = join(folder, `${name}.onnx`);
      await exportOnnx(other, path, { foresight: '1.2.3' });
      await compare(other, path, [[[0.5, -1, 0.55, -0.9, 0.3], [0.7]]]);
    },
  );
});
