import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stillIn } from '../../src/main/camera/training/still';
import { exportOnnx } from '../../src/main/dynamics/export';
import { exportEyes } from '../../src/main/dynamics/latent/export-eyes';
import { Seeing } from '../../src/main/dynamics/latent/seeing';
import { pixelsOf } from '../../src/main/dynamics/latent/size';
import { untrainedModel } from '../../src/main/dynamics/untrained';
import { openEngine } from '../../src/main/tensor';
import { latentChannels } from '../../src/shared/eyes';
import { TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { steadier } from '../../src/shared/steady';
import { blankEyes, movingSquare, SUMMARY } from '../dynamics/latent/latent-helpers';

const run = promisify(execFile);
const PYTHON = process.env.FORESIGHT_PYTHON ?? 'python3';
const REQUIRED = process.env.FORESIGHT_INTEROP === 'required';

const missing = await run(PYTHON, ['-c', 'import numpy, onnxruntime']).then(
  () => undefined,
  (error: Error) => error.message,
);

it.runIf(REQUIRED)('Python with onnxruntime and numpy is here, as required', () => {
  expect(missing).toBeUndefined();
});

/** A latent state and what it shows, by another program's sessions, of pictures given as JSON in a file. */
const LOOK = `
import json, sys
import numpy as np, onnxruntime as ort
stem = sys.argv[1]
encoder, decoder = (ort.InferenceSession(stem + end) for end in (".encoder.onnx", ".decoder.onnx"))
pictures = np.array(json.load(open(sys.argv[2])), np.float32).reshape(encoder.get_inputs()[0].shape)
(state,) = encoder.run(["latent"], {"pictures": pictures})
(picture,) = decoder.run(["picture"], {"latent": state})
print(json.dumps({"state": state[0].tolist(), "picture": picture.ravel().tolist()}))
`;

const KINDS = [
  ['keypoints', 'squares', 'grey'],
  ['glimpses', 'things', 'grey'],
  ['patches', 'squares', 'opponent'],
  ['dense', 'squares', 'grey'],
  ['convolutions', 'convolutions', 'grey'],
] as const;

describe.skipIf(missing !== undefined).each(KINDS)(
  'an exported model of %s and %s that looks at %s pictures in Python',
  (encoder, decoder, colour) => {
    const summary = { ...SUMMARY, encoder, decoder, colour };
    const numbers = pixelsOf(summary);
    const seen = movingSquare(40, new Random(3), summary);
    let folder: string;
    let stem: string;
    const eyes = blankEyes([seen], summary);

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'foresight-interop-'));
      stem = join(folder, 'seen');
      const action = { name: 'push', unit: '1', angle: false, limits: null };
      const channels = { observations: latentChannels(eyes.summary), actions: [action], periodSeconds: 0.05 };
      const model = { ...untrainedModel(channels, TrainOptions.parse({ rewardHead: true })), eyes };
      await exportOnnx(model, `${stem}.onnx`, { foresight: '1.2.3' });
      await exportEyes(model, eyes, `${stem}.onnx`, '1.2.3');
    });
    afterAll(() => rm(folder, { recursive: true }));

    it('infers and shows what the app does', async () => {
      const pictures = [1, 2].map((k) => seen.pictures.subarray(k * numbers, (k + 1) * numbers));
      const input = join(folder, 'pictures.json');
      await writeFile(input, JSON.stringify(pictures.map((picture) => [...picture])));
      const { stdout } = await run(PYTHON, ['-c', LOOK, stem, input], { maxBuffer: 1e8 });
      const answer = JSON.parse(stdout) as { state: number[]; picture: number[] };
      const seeing = await Seeing.open(await openEngine(), eyes, 1);
      const state = await seeing.state(pictures);
      answer.state.forEach((value, i) => {
        expect(value).toBeCloseTo(state[i]!, 4);
      });
      const shown = await seeing.pictures(state);
      answer.picture.forEach((value, i) => {
        expect(Math.abs(Math.min(255, Math.max(0, value)) - shown[i]!)).toBeLessThan(0.51);
      });
      await seeing.dispose();
    });

    it('is explained by the snippet in docs/latent.md', async () => {
      const text = await readFile(new URL('../../docs/latent.md', import.meta.url), 'utf8');
      const [, code] =
        /<!-- latent-python:begin -->\s*```python\n([\s\S]*?)```\s*<!-- latent-python:end -->/.exec(text) ??
        [];
      const program = join(folder, 'snippet.py');
      await writeFile(program, code ?? '');
      const { stdout } = await run(PYTHON, [program, `${stem}.onnx`]);
      const lines = stdout.trim().split('\n');
      expect(lines[0]).toMatch(/^reward -?\d/);
      expect(lines[1]).toBe('camera side picture (32, 32)');
    });
  },
);

/** Pictures given as JSON in a file, brought to their place by the function of the documentation. */
const STEADY = `
import json, sys
given = json.load(open(sys.argv[1]))
for data in given["pictures"]:
    picture = np.array(data, np.uint8).reshape(given["shape"])
    print(json.dumps(steadied(picture, given["steady"]).ravel().tolist()))
`;

describe.skipIf(missing !== undefined)('pictures of a camera that shakes, in Python', () => {
  it.each([
    ['grey pixel by pixel', 48, 40, 1],
    ['in colour, by cells of three pixels', 200, 130, 3],
  ])('are brought to their place as the app does: %s', async (_, width, height, channels) => {
    const folder = await mkdtemp(join(tmpdir(), 'foresight-interop-'));
    const random = new Random(5);
    const scene = Uint8Array.from({ length: 300 * 300 }, (_, at) => {
      const [x, y] = [at % 300, Math.floor(at / 300)];
      return 60 + (((x >> 4) * 37 + (y >> 4) * 61 + (x >> 4) * (y >> 4) * 17) % 120);
    });
    const pictures = Array.from({ length: 24 }, () => {
      const [right, down, light] = [random.integer(5), random.integer(5), 0.8 + 0.3 * random.uniform()];
      const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
        const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
        return Math.round(light * scene[(y + down) * 300 + x + right]! + 3 * (i % channels));
      });
      return { width, height, channels, data };
    });
    const steady = stillIn('side', pictures, 3)!;
    const black = { width, height, channels, data: new Uint8Array(width * height * channels) };
    const asked = [...pictures.slice(0, 8), black];
    const input = join(folder, 'pictures.json');
    const shape = [height, width, channels];
    await writeFile(input, JSON.stringify({ steady, shape, pictures: asked.map(({ data }) => [...data]) }));
    const text = await readFile(new URL('../../docs/latent.md', import.meta.url), 'utf8');
    const [, code] =
      /<!-- steady-python:begin -->\s*```python\n([\s\S]*?)```\s*<!-- steady-python:end -->/.exec(text) ?? [];
    const program = join(folder, 'steady.py');
    await writeFile(program, `${code}\n${STEADY}`);
    const { stdout } = await run(PYTHON, [program, input], { maxBuffer: 1e9 });
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as number[]);
    const show = steadier(steady);
    for (const [i, picture] of asked.entries()) {
      const own = show(picture).data;
      const off = answers[i]!.map((value, at) => Math.abs(value - own[at]!));
      // Half a unit of brightness may be rounded either way.
      expect(Math.max(...off.slice(0, own.length))).toBeLessThanOrEqual(1);
      expect(off).toHaveLength(own.length);
    }
    expect(show(pictures[0]!).data).not.toEqual(pictures[0]!.data);
    await rm(folder, { recursive: true });
  });
});
