import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../../src/main/dynamics/data/episode-source';
import { gather } from '../../../src/main/dynamics/data/gather';
import { fitNormaliser, stillNotes } from '../../../src/main/dynamics/data/normalise';
import { commonChannels, requireChannels } from '../../../src/main/dynamics/data/same-channels';
import { splitEpisodes, splitTransitions } from '../../../src/main/dynamics/data/splits';
import { pickRows, prepareData } from '../../../src/main/dynamics/data/training-data';
import { collectTransitions } from '../../../src/main/dynamics/data/transitions';
import { expandInputs, inputCount, modelLayout, stateWidth } from '../../../src/main/dynamics/layout';
import { named } from '../../../src/main/dynamics/mlp';
import type { TrainingEpisode } from '../../../src/main/dynamics/types';
import { openEngine } from '../../../src/main/tensor';
import { wrapAngle } from '../../../src/shared/angles';
import type { EpisodeSummary } from '../../../src/shared/episode';
import type { TrainOptions } from '../../../src/shared/model-options';
import { Random } from '../../../src/shared/random';
import { channel, episode, PENDULUM, pendulumEpisodes, quickOptions } from '../dynamics-helpers';

/** Transitions in uninterrupted runs of so many, as Transitions.following. */
const inRuns = (lengths: number[]): Int32Array =>
  Int32Array.from(
    lengths.flatMap((length) => Array.from({ length }, (_, i) => i < length - 1)),
    (goesOn, index) => (goesOn ? index + 1 : -1),
  );
const all = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

/** As a training keeps them. */
const gathered = (episodes: TrainingEpisode[], options: Partial<TrainOptions> = {}, channels = PENDULUM) =>
  gather(channels, sourceOf(episodes), quickOptions(options)).transitions;

describe('transitions', () => {
  it('an angle is seen as sine and cosine, and turning past π is a small step', () => {
    const transitions = collectTransitions(PENDULUM, [episode(1, [3.1, 1, -3.1, 2], [0.5, Number.NaN])]);
    expect(transitions.inputNames).toEqual(['sin(angle)', 'cos(angle)', 'speed', 'torque']);
    expect([...transitions.inputs]).toEqual([Math.sin(3.1), Math.cos(3.1), 1, 0.5]);
    expect(transitions.targets[0]).toBeCloseTo(2 * Math.PI - 6.2, 12);
    expect(transitions.targets[1]).toBe(1);
  });

  it('a history is seen as the changes that led to the observation, an angle’s by the shorter way', () => {
    const turning = episode(1, [3.0, 1, 3.1, 3, -3.1, 6, -3, 7], [0.1, 0.2, 0.3, Number.NaN]);
    const transitions = collectTransitions(PENDULUM, [turning], { history: 3, rewardHead: false });
    expect(transitions.count).toBe(1);
    expect(transitions.inputNames).toEqual([
      ...['sin(angle)', 'cos(angle)', 'speed'],
      ...['change of angle 1 before', 'change of speed 1 before'],
      ...['change of angle 2 before', 'change of speed 2 before'],
      ...['torque 1 before', 'torque 2 before', 'torque'],
    ]);
    expect([...transitions.states]).toEqual([-3.1, 6, 3.1, 3, 3.0, 1, 0.2, 0.1]);
    [Math.sin(-3.1), Math.cos(-3.1), 6, 2 * Math.PI - 6.2, 3, 0.1, 2, 0.2, 0.1, 0.3].forEach((value, i) => {
      expect(transitions.inputs[i], transitions.inputNames[i]).toBeCloseTo(value, 12);
    });
  });

  it('the graph expands a state to the same inputs as plain numbers', async () => {
    const history = 3;
    const transitions = collectTransitions(PENDULUM, pendulumEpisodes(1, 60), { history, rewardHead: false });
    const layout = modelLayout({ ...PENDULUM, options: { history, rewardHead: false } });
    const { count } = transitions;
    const engine = await openEngine();
    const compiled = await engine.compile(
      (feeds) => ({ inputs: expandInputs(layout, named(feeds, 'state'), named(feeds, 'action')) }),
      [
        { name: 'state', shape: [1, count, stateWidth(layout)] },
        { name: 'action', shape: [1, count, 1] },
      ],
      { name: 'inputs' },
    );
    const { states, actions } = transitions;
    const { inputs } = await compiled.run({
      ...{ state: Float32Array.from(states), action: Float32Array.from(actions) },
    });
    await compiled.dispose();
    expect(inputs).toHaveLength(count * inputCount(layout));
    transitions.inputs.forEach((value, i) => {
      expect(Math.abs(inputs?.[i] - value)).toBeLessThan(1e-5);
    });
  });

  it('no transition leads from one episode into the next', () => {
    expect(collectTransitions(PENDULUM, pendulumEpisodes(3, 7)).count).toBe(21);
  });

  it('a step that did not take one period on the device’s clock is left out and counted', () => {
    const { periodSeconds } = PENDULUM;
    const late = episode(1, [0, 0, 1, 1, 1, 1, 3, 3, 4, 4], [0.1, 0.2, 0.3, 0.4, Number.NaN]);
    // The third observation came late, so the loop saw the second one twice and then skipped to the fourth.
    late.columns.deviceSeconds = Float64Array.from([0, 1, 1, 3, 4], (periods) => periods * periodSeconds);
    const transitions = collectTransitions(PENDULUM, [late]);
    expect(transitions).toMatchObject({ count: 2, irregular: 2 });
    expect([...transitions.targets]).toEqual([1, 1, 1, 1]);
    const [first] = splitEpisodes([late], 0.5).first;
    expect([...(first?.columns.deviceSeconds ?? [])]).toEqual([0, 1, 1].map((p) => p * periodSeconds));
  });

  it('an angle wrapped to [−π, π) differs by whole turns', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e4, max: 1e4, noNaN: true }), (angle) => {
        const wrapped = wrapAngle(angle);
        const turns = (angle - wrapped) / (2 * Math.PI);
        return wrapped >= -Math.PI && wrapped < Math.PI && Math.abs(turns - Math.round(turns)) < 1e-8;
      }),
    );
  });

  it('a value that is no number is named by episode, channel and row', () => {
    const broken = pendulumEpisodes(2, 5);
    broken[1]?.columns.observations.set([Number.NaN], 3 * 2 + 1);
    expect(() => collectTransitions(PENDULUM, broken)).toThrow(
      'Episode 2 has NaN in observation channel "speed" at row 3.',
    );
    const infinite = pendulumEpisodes(1, 5);
    infinite[0]?.columns.actions.set([Number.POSITIVE_INFINITY], 4);
    expect(() => collectTransitions(PENDULUM, infinite)).toThrow(
      'Episode 1 has Infinity in action channel "torque" at row 4.',
    );
  });

  it('a value that single precision cannot hold is refused like one that is no number', () => {
    const huge = pendulumEpisodes(1, 5);
    huge[0]?.columns.observations.set([1e30], 4);
    expect(() => collectTransitions(PENDULUM, huge)).toThrow(
      'Episode 1 has 1e+30 in observation channel "angle" at row 2, which is too large to compute with in single precision.',
    );
  });

  it('a history reaches over no interruption, and 200 000 rows of it take no time to speak of', () => {
    const rows = 200_000;
    const long = episode(1, Array<number>(2 * (rows + 1)).fill(0), [
      ...Array<number>(rows).fill(0),
      Number.NaN,
    ]);
    for (let row = 0; row <= rows; row++) long.columns.observations[2 * row + 1] = row;
    long.columns.deviceSeconds = Float64Array.from(
      { length: rows + 1 },
      (_, row) => (row + Math.floor(row / 1000)) * PENDULUM.periodSeconds,
    );
    const { count, states, following, irregular } = collectTransitions(PENDULUM, [long], {
      ...{ history: 4, rewardHead: false },
    });
    expect(irregular).toBe(200);
    // Of every thousand rows the last step is irregular, and the first three begin without a whole history.
    expect(count).toBe(200 * (1000 - 1 - 3));
    const width = 4 * 2 + 3;
    for (const index of [0, 995, 996, 100_000]) {
      const speeds = [0, 1, 2, 3].map((age) => states[index * width + 2 * age + 1]);
      expect(speeds).toEqual([0, 1, 2, 3].map((age) => speeds[0] - age));
    }
    expect([following[994], following[995]]).toEqual([995, -1]);
  });

  it('a matrix that does not fit the channels is refused with the episode', () => {
    expect(() => collectTransitions(PENDULUM, [episode(4, [0, 0, 0], [0, Number.NaN])])).toThrow(
      'Episode 4 has 3 observation values in 2 rows, which is not 2 channels.',
    );
  });
});

describe('channels of several episodes', () => {
  const summary = (id: number, changes: Partial<EpisodeSummary> = {}) =>
    ({ id, ...PENDULUM, ...changes }) as EpisodeSummary;

  it('are taken over when they agree', () => {
    expect(commonChannels([summary(1), summary(2)])).toEqual(PENDULUM);
  });

  it('are refused with the first one that differs', () => {
    const renamed = { observations: [channel('angle', 'rad', true), channel('rate', 'rad/s')] };
    expect(() => commonChannels([summary(1), summary(2, renamed)])).toThrow(
      'episode 2 has "rate" in rad/s as observation channel 2 against "speed" in rad/s',
    );
    expect(() => commonChannels([summary(1), summary(3, { periodSeconds: 0.02 })])).toThrow(
      'a period of 0.02 s against 0.05 s',
    );
    const plain = { observations: [channel('angle', 'rad'), channel('speed', 'rad/s')] };
    expect(() => commonChannels([summary(1), summary(4, plain)])).toThrow(
      'episode 4 has "angle" as a plain number against an angle that turns over.',
    );
    expect(() => commonChannels([])).toThrow('There is no episode to learn from.');
  });
});

describe('a model and episodes of something else', () => {
  const summary = (id: number, changes: Partial<EpisodeSummary> = {}) =>
    ({ id, ...PENDULUM, ...changes }) as EpisodeSummary;

  it('are told apart before anything is computed', () => {
    const model = { name: 'swing', ...PENDULUM };
    expect(() => requireChannels(model, [summary(1)])).not.toThrow();
    expect(() => requireChannels(model, [summary(1), summary(7, { actions: [] })])).toThrow(
      'The model "swing" does not fit episode 7, which has 0 action channels against 1.',
    );
    expect(() => requireChannels(model, [summary(2, { periodSeconds: 0.02 })])).toThrow(
      'which has a period of 0.02 s against 0.05 s.',
    );
  });
});

describe('episodes that teach less than they seem to', () => {
  const notesOf = (episodes: TrainingEpisode[]) =>
    prepareData(PENDULUM, episodes, quickOptions({ batchSize: 8, holdOut: 0 })).notes;

  it('an empty one and one that is there twice are noted', () => {
    const [one, two] = pendulumEpisodes(2, 20) as [TrainingEpisode, TrainingEpisode];
    const empty = episode(3, [0, 0], [Number.NaN]);
    expect(notesOf([one, two])).toEqual([]);
    expect(notesOf([one, empty, two, { ...one, id: 9 }])).toEqual([
      'Episode 3 has fewer than two rows, so there is no transition in it.',
      'Episodes 1 and 9 hold the same recording: it counts twice, and the hold-out loss looks better than it is.',
    ]);
  });

  it('a history longer than every one of them leaves nothing', () => {
    expect(() => prepareData(PENDULUM, pendulumEpisodes(6, 20), quickOptions({ history: 20 }))).toThrow(
      'There are 6 transitions with 19 steps before each in 6 episodes; a model needs at least 8.',
    );
  });
});

describe('normalisation', () => {
  it('gives inputs and targets mean 0 and standard deviation 1', () => {
    const transitions = gathered(pendulumEpisodes(4, 100));
    const rows = all(transitions.count);
    const normaliser = fitNormaliser(transitions, rows);
    expect(stillNotes(transitions, normaliser)).toEqual([]);
    const { inputs: values } = pickRows({ transitions, normaliser, layout: transitions.rows.layout }, rows);
    for (let column = 0; column < 4; column++) {
      const list = [...values].filter((_, i) => i % 4 === column);
      const mean = list.reduce((a, b) => a + b, 0) / list.length;
      expect(mean).toBeCloseTo(0, 5);
      expect(list.reduce((a, b) => a + b * b, 0) / list.length).toBeCloseTo(1, 4);
    }
  });

  it('a channel that never changes is looked away from, and that is noted', () => {
    const still = pendulumEpisodes(1, 50);
    still[0]?.columns.actions.fill(1e6, 0, 50);
    const transitions = gathered(still);
    const normaliser = fitNormaliser(transitions, all(50));
    expect(stillNotes(transitions, normaliser)).toEqual([
      '"torque" never changes in this data, so the model does not look at it.',
    ]);
    expect(normaliser.inputMean[3]).toBe(1e6);
    expect(normaliser.inputStd[3]).toBe(0);
    const row = pickRows({ transitions, normaliser, layout: transitions.rows.layout }, all(1));
    expect(row.inputs[3]).toBe(0);
  });

  it('names a channel once, however often the model reads it', () => {
    const episodes = pendulumEpisodes(1, 60);
    const columns = episodes[0]?.columns;
    if (columns) for (let row = 0; row <= 60; row++) columns.observations[2 * row] = 0.3;
    columns?.actions.fill(0, 0, 60);
    const transitions = gathered(episodes, { history: 3 });
    const normaliser = fitNormaliser(transitions, all(transitions.count));
    expect(stillNotes(transitions, normaliser)).toEqual([
      '"angle" never changes in this data: the model does not look at it and predicts that it goes on so.',
      '"torque" never changes in this data, so the model does not look at it.',
    ]);
    // Sine, cosine and the changes that led to them, the two past actions and the present one.
    const still = [...normaliser.inputStd].map((std) => std === 0);
    expect(still).toEqual(transitions.inputNames.map((name) => !name.includes('speed')));
    expect([...normaliser.targetStd].map((std) => std === 0)).toEqual([true, false]);
  });

  it('rounding is no change: an angle that stands at ±π, a reading that was smoothed', () => {
    const standing = Array.from({ length: 30 }, (_, row) => [row % 3 ? Math.PI : -Math.PI, Math.sin(row)]);
    const one = episode(1, standing.flat(), [
      ...standing.map((_, row) => Math.cos(row)).slice(1),
      Number.NaN,
    ]);
    const transitions = gathered([one]);
    const { inputStd, targetStd } = fitNormaliser(transitions, all(29));
    expect([...inputStd].map((std) => std === 0)).toEqual([true, true, false, false]);
    expect(targetStd[0]).toBe(0);
    const smoothed = standing.map(([, speed], row) => [0.1, 7.4 + (row % 2) * 1e-15, speed as number]);
    const channels = { ...PENDULUM, observations: [...PENDULUM.observations, channel('voltage', 'V')] };
    const rounded = episode(
      1,
      smoothed.flatMap(([a, b, c]) => [a, c, b] as number[]),
      [...one.columns.actions],
    );
    const third = fitNormaliser(gathered([rounded], {}, channels), all(29));
    expect([third.inputStd[3], third.targetStd[2]]).toEqual([0, 0]);
  });

  it('says when a channel changes too little beside its value for single precision', () => {
    const far = pendulumEpisodes(1, 50);
    const columns = far[0]?.columns;
    if (columns) for (let row = 0; row < 50; row++) columns.actions[row] = 1e9 + Math.sin(row);
    const transitions = gathered(far);
    const normaliser = fitNormaliser(transitions, all(50));
    expect(stillNotes(transitions, normaliser)).toEqual([
      '"torque" changes by less than a millionth of its value in this data, which single precision does not resolve, so the model does not look at it.',
    ]);
  });

  it('survives a large offset, where sums in float32 would not', () => {
    const shifted = pendulumEpisodes(1, 200);
    const columns = shifted[0]?.columns;
    if (columns) for (let row = 0; row <= 200; row++) columns.actions[row] = 1e5 + Math.sin(row);
    const normaliser = fitNormaliser(gathered(shifted), all(200));
    expect(normaliser.inputStd[3]).toBeCloseTo(Math.SQRT1_2, 2);
  });
});

describe('splits', () => {
  it('hold-out and training share nothing, miss nothing and repeat with the seed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 800 }), { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.integer(),
        (lengths, holdOut, seed) => {
          const following = inRuns(lengths);
          const split = splitTransitions(following, holdOut, new Random(seed));
          const again = splitTransitions(following, holdOut, new Random(seed));
          expect(again).toEqual(split);
          expect([...split.train, ...split.holdOut].sort((a, b) => a - b)).toEqual([
            ...all(following.length),
          ]);
          expect(split.train.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('a hold-out too small to judge by is not made', () => {
    expect(splitTransitions(inRuns([60]), 0.1, new Random(0)).holdOut).toHaveLength(0);
    expect(splitTransitions(inRuns([200]), 0.1, new Random(0)).holdOut).toHaveLength(20);
  });

  it('what decides when to stop are stretches, whole episodes where they are short, and no single steps', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 5, max: 400 }), { minLength: 3, maxLength: 30 }),
        fc.integer(),
        (lengths, seed) => {
          const following = inRuns(lengths);
          const held = new Set(splitTransitions(following, 0.1, new Random(seed)).holdOut);
          // Of a stretch only the two ends have a neighbour that is learned from.
          const neighbours = [...held].filter(
            (at) =>
              (following[at] >= 0 && !held.has(at + 1)) || (following[at - 1] === at && !held.has(at - 1)),
          );
          expect(neighbours.length).toBeLessThanOrEqual(0.5 * held.size);
        },
      ),
    );
    const episodes = inRuns(Array(40).fill(20));
    const held = splitTransitions(episodes, 0.1, new Random(0)).holdOut;
    expect(held.length).toBe(80);
    expect([...held].every((at) => held.includes(Math.floor(at / 20) * 20))).toBe(true);
  });

  it('the last part of every episode begins with the row the first part ends with', () => {
    const [whole] = pendulumEpisodes(1, 10);
    const { first, last } = splitEpisodes(whole ? [whole] : [], 0.2);
    expect(first[0]?.columns.rows).toBe(9);
    expect(last[0]?.columns.rows).toBe(3);
    expect(last[0]?.columns.observations.slice(0, 2)).toEqual(first[0]?.columns.observations.slice(16, 18));
    expect(last[0]?.columns.actions.at(-1)).toBeNaN();
  });

  it('keeping nothing out leaves whole episodes', () => {
    const episodes = pendulumEpisodes(2, 10);
    const { first, last } = splitEpisodes(episodes, 0);
    expect(first.map(({ id, columns }) => ({ id, columns }))).toEqual(episodes);
    expect(last).toEqual([]);
  });
});
