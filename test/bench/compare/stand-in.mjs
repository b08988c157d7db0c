#!/usr/bin/env node
// A library to compare with that is always there: a Python by name only, which answers as resources/bench/protocol.py does
// and computes rollouts number by number, in double precision, from nothing but the problem's file.
// STAND_IN=wrong computes something else, STAND_IN=hangs never ends a turn and writes its process id to STAND_IN_PID.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

if (process.argv[2] === '-c') process.exit(0);
const mode = process.env.STAND_IN ?? '';
if (mode === 'absent' && process.argv[2].endsWith('jax_rows.py')) {
  console.error("ModuleNotFoundError: No module named 'jax'");
  process.exit(1);
}

function read(path) {
  const file = readFileSync(path);
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__, ...entries } = JSON.parse(file.subarray(8, 8 + length).toString());
  const arrays = {};
  for (const [
    name,
    {
      data_offsets: [begin, end],
      shape,
    },
  ] of Object.entries(entries)) {
    const bytes = Uint8Array.prototype.slice.call(file, 8 + length + begin, 8 + length + end);
    arrays[name] = { shape, values: new Float32Array(bytes.buffer) };
  }
  return { spec: JSON.parse(__metadata__.spec), arrays };
}

const silu = (x) => x / (1 + Math.exp(-x));

/** The means of member m for one row of normalised inputs. */
function network(arrays, m, inputs) {
  let x = inputs;
  for (let layer = 0; arrays[`layer${layer}/kernel`]; layer++) {
    const {
      shape: [, height, width],
      values,
    } = arrays[`layer${layer}/kernel`];
    const bias = arrays[`layer${layer}/bias`].values;
    const y = Float64Array.from({ length: width }, (_, j) => bias[m * width + j]);
    for (let i = 0; i < height; i++) {
      const from = (m * height + i) * width;
      for (let j = 0; j < width; j++) y[j] += x[i] * values[from + j];
    }
    x = arrays[`layer${layer + 1}/kernel`] ? y.map(silu) : y;
  }
  return x;
}

function returns({ spec: { particles }, arrays }) {
  const { inputMean, inputStd, targetMean, targetStd, start, candidates } = arrays;
  const [count, horizon] = candidates.shape;
  const found = [];
  for (let row = 0; row < count * particles; row++) {
    const candidate = Math.floor(row / particles);
    let state = [...start.values];
    let sum = 0;
    for (let t = 0; t < horizon; t++) {
      const inputs = [...state, candidates.values[candidate * horizon + t]];
      const normalised = inputs.map((value, i) => (value - inputMean.values[i]) / inputStd.values[i]);
      const mean = network(arrays, row % particles, normalised);
      state = state.map((value, i) => value + mean[i] * targetStd.values[i] + targetMean.values[i]);
      sum += 1 - state[2] ** 2 - 0.1 * state[0] ** 2;
      if (Math.abs(state[0]) > 2.4 || Math.abs(state[2]) > 0.2) break;
    }
    found.push(mode === 'wrong' ? 1.01 * sum : sum);
  }
  return found;
}

const answers = {
  hello: () => ({ version: 'stand-in' }),
  open: ({ problem }) => {
    const given = read(problem);
    return { results: given.spec.kind === 'rollouts' ? { returns: returns(given) } : {} };
  },
  go: ({ least }) => ({ ms: new Array(least).fill(1e6) }),
  close: () => ({}),
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const asked = JSON.parse(line);
  if (mode === 'hangs' && asked.do === 'go') {
    writeFileSync(process.env.STAND_IN_PID, String(process.pid));
    return;
  }
  process.stdout.write(`${JSON.stringify({ id: asked.id, ok: answers[asked.do](asked) })}\n`);
});
