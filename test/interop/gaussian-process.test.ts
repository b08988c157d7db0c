import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pickRows, prepareData } from '../../src/main/dynamics/data/training-data';
import { exportOnnx } from '../../src/main/dynamics/export';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { PENDULUM, pendulumEpisodes } from '../dynamics/dynamics-helpers';

const run = promisify(execFile);
const PYTHON = process.env.FORESIGHT_PYTHON ?? 'python3';

const missing = await run(PYTHON, ['-c', 'import numpy, onnxruntime']).then(
  () => undefined,
  (error: Error) => error.message,
);

/** The textbook (Rasmussen & Williams 2006, algorithm 2.1) in float64, and the exported file, at the same states. */
const REFERENCE = `
import json, sys
import numpy as np, onnxruntime as ort
given = json.load(open(sys.argv[2]))
n = {key: np.array(value) for key, value in given["normaliser"].items()}
x, y = np.array(given["inputs"]), np.array(given["targets"])
states, actions = np.array(given["states"]), np.array(given["actions"])

def kernel(a, b, scales):
    r2 = (((a[:, None] - b[None]) / scales) ** 2).sum(2)
    if given["kernel"] == "squared-exponential":
        return np.exp(-0.5 * r2)
    s = np.sqrt(5 * r2)
    return (1 + s + s ** 2 / 3) * np.exp(-s)

raw = np.concatenate([np.sin(states[:, :1]), np.cos(states[:, :1]), states[:, 1:], actions], 1)
at = (raw - n["inputMean"]) / n["inputStd"]
means, stds, likelihoods = [], [], []
for t in range(2):
    scales = np.array(given["lengthScales"][t])
    signal, noise = given["signalVariance"][t], given["noiseVariance"][t]
    k = signal * kernel(x, x, scales) + noise * np.eye(len(x))
    l = np.linalg.cholesky(k)
    alpha = np.linalg.solve(l.T, np.linalg.solve(l, y[:, t]))
    cross = signal * kernel(at, x, scales)
    v = np.linalg.solve(l, cross.T)
    means.append(cross @ alpha * n["targetStd"][t] + n["targetMean"][t])
    stds.append(np.sqrt(noise + signal - (v ** 2).sum(0)) * n["targetStd"][t])
    likelihoods.append(0.5 * y[:, t] @ alpha + np.log(np.diag(l)).sum() + 0.5 * len(x) * np.log(2 * np.pi))
model = ort.InferenceSession(sys.argv[1])
exported = [model.run(["member_mean", "member_std"], {
    "observation": states[i:i + 1].astype(np.float32), "action": actions[i:i + 1].astype(np.float32),
}) for i in range(len(states))]
mean = np.array([one[0][0, 0] for one in exported])
std = np.array([one[1][0, 0] for one in exported])
reference = states + np.stack(means, 1)
stds = np.stack(stds, 1)
print(json.dumps({
    "mean": (np.abs(mean - reference) / stds).max(0).tolist(),
    "near": np.abs(std / stds - 1)[:40].max(0).tolist(),
    "far": [(std / stds - 1)[40:].min(0).tolist(), (std / stds - 1)[40:].max(0).tolist()],
    "loss": float(np.mean(likelihoods) / len(x)),
    "ratio": float(stds.max() / stds.min()),
}))
`;

describe.skipIf(missing !== undefined)('a Gaussian process in Python', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-gp-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['squared-exponential', 'matern52'] as const)(
    'is the textbook process in float64 numpy (%s)',
    async (kernel) => {
      const random = new Random(8);
      const episodes = pendulumEpisodes(4, 50).map((one) => ({
        ...one,
        columns: {
          ...one.columns,
          observations: one.columns.observations.map((v) => v + 0.005 * random.normal()),
        },
      }));
      const options = TrainOptions.parse({ class: { name: 'gaussian-process', kernel, iterations: 60 } });
      const model = await trainModel({ name: 'p', rig: 'pendulum', channels: PENDULUM, episodes, options });
      const file = join(folder, `${kernel}.onnx`);
      await exportOnnx(model, file, { foresight: '1.2.3' });
      const json = join(folder, `${kernel}.json`);
      await writeFile(json, JSON.stringify(given(model, episodes, kernel)));
      const { stdout } = await run(PYTHON, ['-c', REFERENCE, file, json]);
      const worst = JSON.parse(stdout) as {
        mean: number[];
        near: number[];
        far: [number[], number[]];
        loss: number;
        ratio: number;
      };
      // In standard deviations; the standard deviation itself relative.
      for (const error of worst.mean) expect(error).toBeLessThan(0.2);
      for (const error of worst.near) expect(error).toBeLessThan(0.03);
      const [below, above] = worst.far;
      for (const error of below) expect(error).toBeGreaterThan(-0.03);
      // Far away the points that were left out would have said a little more.
      for (const error of above) expect(error).toBeLessThan(0.1);
      // Near data and far from it, or the comparison would be of the noise alone.
      expect(worst.ratio).toBeGreaterThan(10);
      // −ln p / n at the hyper-parameters that were found, which is the lowest of the curve.
      expect(worst.loss).toBeCloseTo(Math.min(...model.summary.curve.map(({ train }) => train)), 4);
    },
  );
});

/** What the reference needs: normalised data, hyper-parameters, and states near the data and far from it. */
function given(model: DynamicsModel, episodes: ReturnType<typeof pendulumEpisodes>, kernel: string) {
  const data = prepareData(PENDULUM, episodes, model.summary.options);
  const { inputs, targets, rows } = pickRows(data, data.split.train);
  const table = (values: Float32Array, width: number) =>
    Array.from({ length: values.length / width }, (_, row) => [
      ...values.subarray(row * width, (row + 1) * width),
    ]);
  const values = (name: string) => model.weights.get(name)?.values as Float32Array;
  const random = new Random(2);
  const states = Array.from({ length: 60 }, (_, i) => {
    const reach = i < 40 ? 2 : 30;
    return [Math.fround(random.uniformIn(-3, 3)), Math.fround(random.uniformIn(-reach, reach))];
  });
  return {
    kernel,
    inputs: table(inputs, inputs.length / rows),
    targets: table(targets, 2),
    states,
    actions: states.map(() => [Math.fround(random.uniformIn(-2, 2))]),
    lengthScales: table(values('lengthScales'), 4),
    signalVariance: [...values('signalVariance')],
    noiseVariance: [...values('noiseVariance')],
    normaliser: Object.fromEntries(
      Object.entries(model.normaliser).map(([key, numbers]) => [key, [...(numbers as Float32Array)]]),
    ),
  };
}
