import { describe, expect, it } from 'vitest';
import { prepareData } from '../../src/main/dynamics/data/training-data';
import { evaluateModel } from '../../src/main/dynamics/evaluate';
import { lossMethod } from '../../src/main/dynamics/losses';
import type { Refinement } from '../../src/main/dynamics/losses/types';
import { trainModel } from '../../src/main/dynamics/training/train';
import { openEngine } from '../../src/main/tensor';
import { wrapAngle } from '../../src/shared/angles';
import { type LossOptions, TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { episode, noisyPendulumEpisodes, PENDULUM, pendulumEpisodes, writtenOut } from './dynamics-helpers';
import { driftModel, LINE, randomModel } from './models';

const STEPS = 5;
const dad = (changes: Record<string, unknown> = {}): LossOptions =>
  ({ name: 'dad', rounds: 2, steps: STEPS, ...changes }) as LossOptions;
const options = (changes: Record<string, unknown> = {}) =>
  TrainOptions.parse({
    class: { name: 'ensemble', members: 2, elites: 2, hiddenLayers: 1, hiddenUnits: 8 },
    loss: dad(),
    ...changes,
  });

/** Every action is another number, so that a correction tells which transition it is of. */
function walks(lengths: number[]) {
  const random = new Random(1);
  let next = 0;
  return lengths.map((length, i) => {
    const positions = [random.uniformIn(-1, 1)];
    for (let row = 0; row < length; row++) positions.push(positions[row] + random.uniformIn(-1, 1));
    return episode(
      i,
      positions,
      positions.map((_, row) => (row === length ? Number.NaN : next++)),
    );
  });
}

async function refined(
  model: ReturnType<typeof driftModel>,
  data: ReturnType<typeof prepareData>,
  changes: Record<string, unknown> = {},
  round = 1,
): Promise<Refinement> {
  const engine = await openEngine();
  const refine = lossMethod('dad').refine as NonNullable<ReturnType<typeof lossMethod>['refine']>;
  return refine(dad(changes), { model, data, engine, round });
}

describe('data as demonstrator', () => {
  it('labels predicted states with what really followed', async () => {
    const increments = [0.3, -0.2];
    const data = prepareData(LINE, walks([40, 23, 3]), options());
    const { count, states, targets } = writtenOut(data.transitions);
    const { data: more } = await refined(driftModel(increments), data);
    const { split } = more as typeof data;
    const transitions = writtenOut((more as typeof data).transitions);
    const added = transitions.count - count;
    // Stretches of five steps give four corrections each; those at the borders are shorter.
    expect(added).toBeGreaterThan(0.5 * count);
    expect(added).toBeLessThan(0.8 * count);
    for (let index = count; index < transitions.count; index++) {
      const origin = transitions.actions[index];
      const predicted = transitions.states[index];
      // The state is where one member drifts to within a few steps from an earlier recorded one.
      const ways = increments.flatMap((increment) =>
        [1, 2, 3, 4].map((step) => Math.abs(states[origin - step] + step * increment - predicted)),
      );
      expect(Math.min(...ways.filter(Number.isFinite))).toBeLessThan(1e-5);
      const followed = states[origin] + targets[origin];
      expect(transitions.targets[index]).toBeCloseTo(followed - predicted, 6);
      expect(transitions.inputs.slice(2 * index, 2 * index + 2)).toEqual(Float64Array.of(predicted, origin));
      expect(transitions.following[index]).toBe(-1);
      // Held out together with the transition that it is of.
      const side = split.holdOut.includes(origin) ? split.holdOut : split.train;
      expect(side.includes(index)).toBe(true);
    }
    expect(more?.recorded).toBe(count);
    expect([...transitions.inputs].slice(0, 2 * count)).toEqual([...writtenOut(data.transitions).inputs]);
  });

  it('corrects angles by the shorter way and carries predictions on in the history', async () => {
    const history = options({ history: 3, holdOut: 0 });
    const data = prepareData(PENDULUM, pendulumEpisodes(3, 60), history);
    const model = randomModel(PENDULUM, history, 2);
    const { data: more } = await refined(model, data, { steps: 8 });
    const transitions = writtenOut((more as typeof data).transitions);
    const recordedOnes = writtenOut(data.transitions);
    const [count, width] = [data.transitions.count, 3 * 2 + 2];
    const row = (index: number) => [...transitions.states.subarray(index * width, (index + 1) * width)];
    let carried = 0;
    for (let index = count; index < transitions.count; index++) {
      const change = transitions.targets[2 * index];
      expect(Math.abs(change)).toBeLessThanOrEqual(Math.PI);
      const [, , ...before] = row(index);
      if (index > count && row(index - 1)[0] === before[0]) {
        expect(before.slice(0, 4)).toEqual(row(index - 1).slice(0, 4));
        carried++;
      }
    }
    expect(carried).toBeGreaterThan(0.5 * (transitions.count - count));
    const originOf = (index: number) =>
      recordedOnes.actions.findIndex((action) => Math.fround(action) === transitions.actions[index]);
    for (let index = count; index < transitions.count; index += 7) {
      const origin = originOf(index);
      const recorded = recordedOnes.states[origin * width];
      const followed = recorded + recordedOnes.targets[2 * origin];
      const expected = wrapAngle(followed - row(index)[0]);
      expect(wrapAngle(transitions.targets[2 * index] - expected)).toBeCloseTo(0, 6);
    }
  });

  it('cuts predictions that leave the range of the recording, and says how many', async () => {
    const data = prepareData(LINE, walks([40, 40]), options({ holdOut: 0 }));
    const { data: more, notes, error } = await refined(driftModel([1e3, 1e3]), data);
    expect(more?.transitions.count).toBe(80);
    expect(notes).toEqual([
      expect.stringMatching(
        /^(\d+) of \1 predictions of round 1 left the range of the recording within 5 steps/,
      ),
    ]);
    expect(error).toBeGreaterThan(100);
    const lost = await refined(driftModel([Number.NaN, 1]), data);
    expect(lost.error).toBe(Number.POSITIVE_INFINITY);
  });

  it('ends after its rounds, and its error is the root mean square over 25 steps in spreads', async () => {
    const data = prepareData(LINE, walks([40]), options({ holdOut: 0 }));
    const { error, data: more } = await refined(driftModel([0.1, 0.1]), data, {}, 3);
    expect(more).toBeUndefined();
    const { states, targets, count } = writtenOut(data.transitions);
    const spread = data.normaliser.inputStd[0];
    let [squares, number] = [0, 0];
    for (let start = 0; start < count; start++) {
      for (let step = 0; step < 25 && start + step < count; step++) {
        const truth = states[start + step] + targets[start + step];
        squares += ((states[start] + 0.1 * (step + 1) - truth) / spread) ** 2;
        number++;
      }
    }
    expect(error).toBeCloseTo(Math.sqrt(squares / number), 5);
  });

  it('weighs a correction as the transition that it is of, and draws the same ones for the same seed', async () => {
    const recorded = walks([30, 30, 30, 30]);
    const data = prepareData(LINE, recorded, options({ recencyHalfLife: 10 }));
    const [one, again] = [await refined(driftModel([0.1]), data), await refined(driftModel([0.1]), data)];
    expect(one.data?.transitions).toEqual(again.data?.transitions);
    const { weights } = one.data as typeof data;
    const transitions = writtenOut((one.data as typeof data).transitions);
    for (let index = 120; index < transitions.count; index++) {
      expect(weights?.[index]).toBe(data.weights?.[transitions.actions[index]]);
    }
    const later = await refined(driftModel([0.1]), data, {}, 2);
    expect(later.data?.transitions.added).not.toEqual(one.data?.transitions.added);
  });

  it('trains round by round and keeps none that has lost its way', async () => {
    const request = (loss: Record<string, unknown>) => ({
      ...{ name: 'p', rig: 'p', channels: PENDULUM, episodes: noisyPendulumEpisodes(6, 100) },
      options: TrainOptions.parse({
        class: { name: 'deterministic', hiddenUnits: 16 },
        ...{ loss, history: 2, epochs: 40, batchSize: 64 },
      }),
    });
    const model = await trainModel(request({ name: 'dad', rounds: 2, steps: 15 }));
    const single = await trainModel(request({ name: 'one-step' }));
    expect(model.summary.transitions).toBe(6 * 99);
    const judged = noisyPendulumEpisodes(4, 100, 50);
    const errorOf = async (one: typeof model) => {
      const { channels } = await evaluateModel(one, judged, { horizons: [15] });
      return channels.map(({ error }) => error[0]);
    };
    const [corrected, plain] = [await errorOf(model), await errorOf(single)];
    corrected.forEach((error, channel) => {
      expect(error).toBeLessThan(1.5 * plain[channel]!);
    });
  });
});
