import { ForesightError } from '../../../shared/errors';
import type { TrainOptions } from '../../../shared/model';
import type { Random } from '../../../shared/random';
import { mean } from '../../../shared/statistics';
import type { Arrays, Fitted } from '../classes/types';
import type { TrainingData } from '../data/training-data';
import { pickMembers } from '../predictor';
import type { NamedArray } from '../types';
import type { Crew } from './crew';
import { type MemberState, type Pass, stagesOf } from './member-run';
import { PACKED, smallParts, unpackArrays } from './packing';
import { afterPass, type Patience, patient } from './patience';
import type { Reporter } from './reporter';
import type { State } from './train-programs';
import { gradientClass, initialState } from './train-step';

export interface FitRequest {
  data: TrainingData;
  options: TrainOptions;
  crew: Crew;
  random: Random;
  report: Reporter;
  /** Weights to begin with; fresh ones when left out. */
  weights?: Arrays | undefined;
  /** Where an interrupted fit of the same data and options was. */
  resume?: FitProgress | undefined;
  checkpoint?: FitCheckpoints | undefined;
}

/** Where a fit is, at a moment when no member is being worked on; plain data. */
export interface FitProgress {
  readonly stage: number;
  readonly members: readonly MemberState[];
  /** Passes by member that not all members have gone through yet. */
  readonly ahead: readonly (readonly Pass[])[];
  readonly patience: Patience;
  readonly curve: Readonly<Fitted['curve']>;
}

export interface FitCheckpoints {
  /** Is it time for one? Members wait for each other then, so not too often. */
  due(): boolean;
  /** Takes what it is given before it returns, and may write it later. */
  take(progress: FitProgress): void;
}

/**
 * Adam on mini-batches. Members are trained side by side by the crew, each for itself; after every pass over the data
 * each is judged on the hold-out and keeps its best weights, and training ends when no member has gained 1 % for
 * `patience` passes. A loss with several stages (a curriculum) goes through them one after the other; what was best is
 * kept from the last.
 */
export async function fitByGradient(request: FitRequest): Promise<Fitted> {
  const { data, options, random } = request;
  const one = gradientClass(options.class);
  const weights = request.weights ?? one.initialWeights(data.layout, options.class, random.fork('weights'));
  const members = one.members(options.class);
  // A copy: members' arrays change hands while they are worked on, and whoever gave the state may give it again.
  let progress = request.resume ? structuredClone(request.resume) : beginning(weights, members);
  for (let stage = progress.stage; stage < stagesOf(options).length; stage++) {
    if (stage > progress.stage) progress = nextStage(progress);
    progress = await runStage(request, progress, oneMember(weights, 0));
  }
  return {
    weights: bestWeights(weights, progress.members),
    losses: progress.members.map(({ best }) => best?.loss ?? Number.POSITIVE_INFINITY),
    curve: [...progress.curve],
    epochs: progress.curve.length,
    notes: [],
  };
}

function beginning(weights: Arrays, members: number): FitProgress {
  return {
    stage: 0,
    members: Array.from({ length: members }, (_, member) => ({
      ...{ member, arrays: arraysOf(initialState(oneMember(weights, member))) },
      ...{ best: null, epoch: 0, calls: 0, lossSum: 0, steps: 0, drawn: null },
    })),
    ahead: Array.from({ length: members }, () => []),
    patience: patient(members),
    curve: [],
  };
}

/** Goes on with the newest weights and the optimiser as it is; best and patience are of the new stage alone. */
const nextStage = ({ stage, members, ahead, curve }: FitProgress): FitProgress => ({
  ...{ stage: stage + 1, ahead, curve, patience: patient(members.length) },
  members: members.map((member) => ({ ...member, best: null, calls: 0, lossSum: 0, drawn: null })),
});

async function runStage(
  { data, options, crew, random, report, checkpoint }: FitRequest,
  { stage: index, ...given }: FitProgress,
  template: Arrays,
): Promise<FitProgress> {
  const stages = stagesOf(options);
  const detail = stages[index]?.title ?? '';
  const share = stages.slice(0, index + 1).reduce((sum, { share }) => sum + share, 0);
  const until = index === stages.length - 1 ? options.epochs : Math.round(share * options.epochs);
  const seed = random.fork(`stage ${index}`).seed;
  await report.while(
    { phase: 'compiling', detail },
    crew.open({ data, options, stage: index, seed, template }),
  );

  const done = [...given.members];
  const ahead = given.ahead.map((passes) => [...passes]);
  const curve = [...given.curve];
  let { patience } = given;
  const working = new Map<number, Promise<void>>();
  const progress = (): FitProgress => ({
    ...{ stage: index, members: [...done], ahead: ahead.map((passes) => [...passes]) },
    ...{ patience, curve: [...curve] },
  });
  /** No member goes further than training does in any case, so nothing is computed in vain. */
  const limit = () => Math.min(until, curve.length + options.patience - patience.withoutProgress);
  const next = () => {
    const free = done.filter(({ member, epoch }) => !working.has(member) && epoch < limit());
    return free.sort((a, b) => a.epoch - b.epoch || a.calls - b.calls || a.member - b.member)[0];
  };
  const work = async (state: MemberState) => {
    const { state: after, passes } = await crew.run(state, limit());
    done[state.member] = after;
    ahead[state.member]?.push(...passes);
    working.delete(state.member);
  };
  const uncommitted = () => ahead.every((passes) => passes.length > 0);
  const commit = async () => {
    while (uncommitted()) {
      const passes = ahead.map((list) => list.shift() as Pass);
      const epoch = curve.length + 1;
      const train = mean(passes.map((pass) => pass.train));
      const held = passes.flatMap(({ holdOut }) => (holdOut === null ? [] : [holdOut]));
      const holdOut = held.length > 0 ? mean(held) : null;
      if (!Number.isFinite(train) || !Number.isFinite(holdOut ?? 0)) {
        throw divergedError(epoch, options.learningRate);
      }
      patience = afterPass(
        patience,
        passes.map((pass) => pass.holdOut ?? pass.train),
      );
      curve.push({ epoch, train, holdOut });
      await report({
        ...{ phase: 'training', detail, epoch, trainLoss: train },
        holdOutLoss: held.length > 0 ? held : null,
      });
    }
  };

  let pausing = false;
  for (;;) {
    while (!pausing && working.size < crew.size) {
      const state = next();
      if (state === undefined) break;
      const job = work(state);
      // The race below hears of one failure; that of another, after it, has nobody left to tell.
      job.catch(() => undefined);
      working.set(state.member, job);
    }
    // The last members may have ended while progress was being reported: what they did can let all go further.
    if (working.size === 0 && !pausing && !uncommitted()) return progress();
    if (working.size > 0) await Promise.race(working.values());
    await commit();
    await report({ phase: 'training', detail });
    pausing = checkpoint?.due() ?? false;
    if (!pausing || working.size > 0) continue;
    checkpoint?.take(progress());
    pausing = false;
  }
}

/** Weights of one member alone, [1, …] each. */
const oneMember = (weights: Arrays, member: number): Arrays =>
  new Map([...weights].map(([name, array]) => [name, pickMembers(array, [member])]));

/** All members' best weights, stacked again. */
function bestWeights(weights: Arrays, members: readonly MemberState[]): Arrays {
  const parts = smallParts(oneMember(weights, 0));
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const found = members.map(({ best, arrays }): Arrays => {
    const state = best?.weights ?? arrays;
    const alone = [...weights].flatMap(([name, { shape }]) => {
      const values = state[name];
      const array: NamedArray | undefined = values && { shape: [1, ...shape.slice(1)], values };
      return array ? [[name, array] as const] : [];
    });
    const packed = state[PACKED];
    if (packed) alone.push([PACKED, { shape: [1, total], values: packed }]);
    return unpackArrays(new Map(alone), parts);
  });
  return new Map(
    [...weights].map(([name, { shape, values }]) => {
      const stacked = new Float32Array(values.length);
      found.forEach((arrays, member) => {
        stacked.set(arrays.get(name)?.values ?? [], (member * values.length) / members.length);
      });
      return [name, { shape, values: stacked }];
    }),
  );
}

function divergedError(epoch: number, learningRate: number): ForesightError {
  return new ForesightError(
    'bad-data',
    `The training diverged in pass ${epoch}: its loss is no number any more.`,
    `Choose a learning rate below ${learningRate}, or look for wild values in the episodes.`,
  );
}

const arraysOf = (arrays: Arrays): State =>
  Object.fromEntries([...arrays].map(([name, { values }]) => [name, values]));
