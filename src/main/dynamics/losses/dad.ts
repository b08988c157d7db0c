import { wrapAngle } from '../../../shared/angles';
import { Random } from '../../../shared/random';
import { sharedFloats, sharedIntegers } from '../data/shared-arrays';
import { type AddedRows, readAction, readState, readTargets, type Transitions } from '../data/step-rows';
import { spreadsOf, type TrainingData } from '../data/training-data';
import { judgedOver } from '../data/windows';
import { stateWidth, targetCount } from '../layout';
import { compileOpenLoop, type OpenLoop } from '../open-loop';
import { oneStep } from './one-step';
import type { LossMethod } from './types';

/** Spreads beyond the range of the recording at which a prediction counts as diverged. */
const DIVERGED_SPREADS = 1;
/** Held-out starts that a round is judged from at most. */
const MAX_JUDGED = 500;
/** Stretches that are corrected in a round at most: of ten million steps every twentieth teaches the same. */
export const MAX_CORRECTED = 100_000;
/** Rollouts of a member in one call. */
const MAX_BATCH = 256;

/**
 * Data as demonstrator (Venkatraman, Hebert & Bagnell 2015, "Improving multi-step prediction of learned time series
 * models"): one-step training on the states that predictions lead to, too. After every round the model is rolled out
 * along the recording with the recorded actions, and every predicted state ŝ_{t+j}, 1 ≤ j < steps, becomes an input
 * labelled with what really followed:
 *   (ŝ_{t+j}, a_{t+j}) → s_{t+j+1} − ŝ_{t+j}
 * angles by the shorter way, the reward as it was recorded. The corrections join the recorded transitions and those of
 * earlier rounds (as in DAgger), and training goes on from the weights that it has, on all of it. The round with the lowest
 * error on held-out stretches, over 25 steps at least, is kept; the first one, of recorded transitions alone, may be it.
 *
 * Few steps and several rounds: the label brings a prediction back to the recording in one step, which is no motion of the
 * rig, and the more so the further the prediction has gone astray. On noisy cart-poles and pendulums corrections of 4 to 6
 * steps lowered the error at 50 steps, those of 10 raised it on most and those of 25 on all of them. Going on from the
 * weights takes half the time of fresh ones and ends as well.
 *
 * Every rollout goes through one member from beginning to end, the members in turns: what a member does to its own
 * predictions is what has to be corrected, and the mean over members would hide it. The stretches that are rolled out do
 * not overlap, so a round adds about as many corrections as there are recorded transitions; those of held-out stretches
 * are held out. A diverged state, beyond the range of the recording by more than a spread or no number, ends its rollout:
 * the way back from there is no motion of the rig. Works for every class that predicts.
 */
export const dad: LossMethod<'dad'> = {
  name: 'dad',
  stages: () => [ONE_STEP],
  feeds: oneStep.feeds,
  filler: oneStep.filler,
  starts: oneStep.starts,
  loss: (_options, stage, context) => oneStep.loss({ name: 'one-step' }, stage, context),
  judge: (_options, stage, context) => oneStep.judge({ name: 'one-step' }, stage, context),
  async refine({ rounds, steps }, { model, data, engine, round }) {
    const random = () => new Random(model.summary.options.seed).fork(`corrections ${round}`);
    const { stretches, among } = someStretches(data, steps, random);
    const { steps: far } = judgedOver({ name: 'dad', rounds, steps });
    const judged = judgedStretches(data, far);
    const batch = Math.min(MAX_BATCH, Math.max(stretches.length, judged.length));
    const loop = await compileOpenLoop(engine, model, { steps, batch });
    try {
      const error = await errorOver(data, loop, judged, far);
      if (round > rounds) return { error, notes: [] };
      const { corrections, diverged } = await correct(data, loop, stretches, steps);
      const notes = [
        ...(among > stretches.length
          ? [`Round ${round} corrected ${stretches.length} of ${among} predictions, evenly spread.`]
          : []),
        ...(diverged > 0
          ? [
              `${diverged} of ${stretches.length} predictions of round ${round} left the range of the recording within ${steps} steps and were corrected up to there only.`,
            ]
          : []),
      ];
      return { error, notes, data: withCorrections(data, corrections) };
    } finally {
      await loop.dispose();
    }
  },
};

const ONE_STEP = { steps: 1, share: 1, title: '' };

/** Recorded transitions that follow one another, all on one side of the split. */
interface Stretch {
  start: number;
  length: number;
}

/** Is the transition after this one recorded right behind it, on the same side of the split? */
function continues({ transitions: { following }, recorded, split }: TrainingData): Uint8Array {
  const side = new Uint8Array(recorded);
  for (const index of split.holdOut) if (index < recorded) side[index] = 1;
  return Uint8Array.from(side, (own, index) => {
    const next = following[index];
    return next === index + 1 && side[next] === own ? 1 : 0;
  });
}

/**
 * Stretches that there is something to correct in (one step has no prediction behind it to go on from), evenly spread over
 * all of them where they are too many.
 */
function someStretches(
  data: TrainingData,
  steps: number,
  random: () => Random,
): { stretches: Stretch[]; among: number } {
  const goesOn = continues(data);
  let among = 0;
  for (const { length } of stretchesOf(goesOn, steps, random())) if (length > 1) among++;
  const every = Math.max(1, Math.ceil(among / MAX_CORRECTED));
  const stretches: Stretch[] = [];
  let at = 0;
  for (const stretch of stretchesOf(goesOn, steps, random())) {
    if (stretch.length > 1 && at++ % every === 0) stretches.push(stretch);
  }
  return { stretches, among };
}

/** All recorded transitions cut into stretches; the first of every run is shorter by chance, so that rounds differ. */
function* stretchesOf(goesOn: Uint8Array, steps: number, random: Random): Generator<Stretch> {
  let wanted = 1 + random.integer(steps);
  let start = 0;
  for (let index = 0; index < goesOn.length; index++) {
    const length = index - start + 1;
    if (goesOn[index] === 1 && length < wanted) continue;
    yield { start, length };
    start = index + 1;
    wanted = goesOn[index] === 1 ? steps : 1 + random.integer(steps);
  }
}

/** Starts spread over the hold-out, or over everything where there is none, and as many steps as follow. */
function judgedStretches(data: TrainingData, steps: number): Stretch[] {
  const goesOn = continues(data);
  const side = data.split.holdOut.length > 0 ? data.split.holdOut : data.split.train;
  const starts = side.filter((index) => index < data.recorded).sort();
  const count = Math.min(MAX_JUDGED, starts.length);
  return Array.from({ length: count }, (_, i) => {
    const start = starts[Math.floor(((i + 0.5) * starts.length) / count)];
    let length = 1;
    while (length < steps && goesOn[start + length - 1] === 1) length++;
    return { start, length };
  });
}

/**
 * Rolls out stretches and calls `each` with every predicted state.
 * @param lists [members] what each member is rolled out from
 */
async function rollOut(
  { transitions, layout }: TrainingData,
  loop: OpenLoop,
  lists: Stretch[][],
  steps: number,
  each: (stretch: Stretch, step: number, state: Float32Array) => void,
): Promise<void> {
  const [width, actions] = [stateWidth(layout), layout.actions];
  const { members, batch } = loop;
  const longest = Math.max(0, ...lists.map((list) => list.length));
  for (let first = 0; first < longest; first += batch) {
    const state = new Float32Array(members * batch * width);
    const taken = new Float32Array(steps * members * batch * actions);
    const places: { stretch: Stretch; place: number }[] = [];
    lists.forEach((list, member) => {
      list.slice(first, first + batch).forEach((stretch, i) => {
        places.push({ stretch, place: member * batch + i });
      });
    });
    for (const { stretch, place } of places) {
      const { start, length } = stretch;
      readState(transitions, start, state, place * width);
      for (let step = 0; step < length; step++) {
        readAction(transitions, start + step, taken, (step * members * batch + place) * actions);
      }
    }
    const states = await loop.run(state, taken, steps);
    for (const { stretch, place } of places) {
      for (let step = 0; step < stretch.length; step++) {
        const at = (step * members * batch + place) * width;
        each(stretch, step, states.subarray(at, at + width));
      }
    }
  }
}

/**
 * Error of the mean over members, in spreads of the channels, root mean square over all steps of all stretches; infinity
 * where a prediction is no number.
 */
async function errorOver(
  data: TrainingData,
  loop: OpenLoop,
  judged: Stretch[],
  steps: number,
): Promise<number> {
  const { layout, transitions, normaliser } = data;
  const spreads = spreadsOf(layout, normaliser.inputStd);
  const observations = layout.angles.length;
  const [before, change] = [new Float64Array(stateWidth(layout)), new Float64Array(targetCount(layout))];
  const sums = new Map(judged.map((stretch) => [stretch, new Float64Array(steps * observations)]));
  const lists = Array.from({ length: loop.members }, () => judged);
  await rollOut(data, loop, lists, steps, (stretch, step, state) => {
    const sum = sums.get(stretch) as Float64Array;
    for (let channel = 0; channel < observations; channel++) {
      const at = step * observations + channel;
      sum[at] = sum[at] + state[channel] / loop.members;
    }
  });
  let [squares, count] = [0, 0];
  for (const [{ start, length }, sum] of sums) {
    for (let step = 0; step < length; step++) {
      readState(transitions, start + step, before);
      readTargets(transitions, start + step, change);
      layout.angles.forEach((angle, channel) => {
        const spread = spreads[channel];
        if (spread === 0) return;
        const truth = before[channel] + change[channel];
        const difference = sum[step * observations + channel] - truth;
        squares += ((angle ? wrapAngle(difference) : difference) / spread) ** 2;
        count++;
      });
    }
  }
  const error = Math.sqrt(squares / Math.max(1, count));
  return Number.isFinite(error) ? error : Number.POSITIVE_INFINITY;
}

/** A predicted state and the recorded transition that says what follows it. */
interface Correction {
  origin: number;
  state: Float32Array;
}

async function correct(
  data: TrainingData,
  loop: OpenLoop,
  stretches: Stretch[],
  steps: number,
): Promise<{ corrections: Correction[]; diverged: number }> {
  const lists: Stretch[][] = Array.from({ length: loop.members }, () => []);
  stretches.forEach((stretch, i) => {
    lists[i % loop.members]?.push(stretch);
  });
  const isInside = insideOf(data);
  const corrections: Correction[] = [];
  const cut = new Set<Stretch>();
  await rollOut(data, loop, lists, steps, (stretch, step, state) => {
    // The state after the last step of a stretch has no recorded action any more.
    if (step === stretch.length - 1 || cut.has(stretch)) return;
    if (isInside(state)) corrections.push({ origin: stretch.start + step + 1, state: state.slice() });
    else cut.add(stretch);
  });
  return { corrections, diverged: cut.size };
}

/** Tells states inside the recording's range, widened by DIVERGED_SPREADS, from diverged ones; angles are always inside. */
function insideOf({
  layout,
  transitions,
  recorded,
  normaliser,
}: TrainingData): (state: Float32Array) => boolean {
  const spreads = spreadsOf(layout, normaliser.inputStd);
  const state = new Float64Array(stateWidth(layout));
  const low = Float64Array.from(spreads, () => Number.POSITIVE_INFINITY);
  const high = Float64Array.from(spreads, () => Number.NEGATIVE_INFINITY);
  for (let index = 0; index < recorded; index++) {
    readState(transitions, index, state);
    for (let channel = 0; channel < spreads.length; channel++) {
      const value = state[channel];
      low[channel] = Math.min(low[channel], value);
      high[channel] = Math.max(high[channel], value);
    }
  }
  return (state) =>
    layout.angles.every((angle, channel) => {
      const value = state[channel];
      if (angle) return Number.isFinite(value);
      const margin = DIVERGED_SPREADS * spreads[channel];
      return value >= low[channel] - margin && value <= high[channel] + margin;
    });
}

/** The data with corrections behind its transitions, each on the side of the split where its recorded transition is. */
function withCorrections(data: TrainingData, corrections: Correction[]): TrainingData {
  const { layout, transitions, split, weights } = data;
  const heldOut = new Set(split.holdOut);
  const isHeldOut = corrections.map(({ origin }) => heldOut.has(origin));
  const side = (rows: Int32Array, which: boolean) => {
    const added = corrections.flatMap((_, i) => (isHeldOut[i] === which ? [transitions.count + i] : []));
    const joined = sharedIntegers(rows.length + added.length);
    joined.set(rows);
    joined.set(added, rows.length);
    return joined;
  };
  return {
    ...data,
    transitions: appended(layout, transitions, corrections),
    split: { train: side(split.train, false), holdOut: side(split.holdOut, true) },
    ...(weights && { weights: weighted(weights, corrections) }),
  };
}

function weighted(weights: Float64Array, corrections: readonly Correction[]): Float64Array {
  const all = new Float64Array(new SharedArrayBuffer(8 * (weights.length + corrections.length)));
  all.set(weights);
  corrections.forEach(({ origin }, i) => {
    all[weights.length + i] = weights[origin];
  });
  return all;
}

function appended(
  layout: TrainingData['layout'],
  transitions: Transitions,
  corrections: Correction[],
): Transitions {
  const [width, targets] = [stateWidth(layout), targetCount(layout)];
  const { added: before, count, following } = transitions;
  const first = before?.count ?? 0;
  const total = first + corrections.length;
  const added: AddedRows = {
    count: total,
    states: extended(before?.states, total * width),
    actions: extended(before?.actions, total * layout.actions),
    targets: extended(before?.targets, total * targets),
  };
  const [recorded, label] = [new Float64Array(width), new Float64Array(targets)];
  corrections.forEach(({ origin, state }, i) => {
    const row = first + i;
    readState(transitions, origin, recorded);
    readTargets(transitions, origin, label);
    layout.angles.forEach((angle, channel) => {
      const residual = label[channel] - (state[channel] - recorded[channel]);
      label[channel] = angle ? wrapAngle(residual) : residual;
    });
    added.states.set(state, row * width);
    added.targets.set(label, row * targets);
    readAction(transitions, origin, added.actions, row * layout.actions);
  });
  const after = sharedIntegers(count + corrections.length).fill(-1);
  after.set(following);
  return { ...transitions, added, count: count + corrections.length, following: after };
}

function extended(values: Float32Array | undefined, length: number): Float32Array {
  const longer = sharedFloats(length);
  if (values) longer.set(values);
  return longer;
}
