import { ForesightError } from '../../shared/errors';
import type { TrainOptions } from '../../shared/model';
import type { Random } from '../../shared/random';
import type { Engine } from '../tensor';
import { adamSchedule, optimiserState } from './adam';
import { BatchSampler, heldOutBatch } from './batches';
import { BestWeights } from './best-weights';
import type { Arrays, Fitted } from './classes/types';
import { lossMethod } from './losses';
import type { Stage } from './losses/types';
import { noWindowError } from './losses/windows';
import type { Reporter } from './train';
import { compilePrograms, type State } from './train-programs';
import { gradientClass, noiseSpecs, type StepShape } from './train-step';
import type { TrainingData } from './training-data';

/** Optimisation steps in one engine call: more saves little and makes cancelling and compiling slower. */
export const UNROLL = 8;

export interface FitRequest {
  data: TrainingData;
  options: TrainOptions;
  engine: Engine;
  random: Random;
  report: Reporter;
  /** Weights to begin with; fresh ones when left out. */
  weights?: Arrays;
}

/**
 * Adam on mini-batches, all members side by side. After every pass over the data each member is judged on the
 * hold-out, its best weights are kept, and training ends when no member has gained 1 % for `patience` passes.
 * A loss with several stages (a curriculum) goes through them one after the other; what was best is kept from the last.
 */
export async function fitByGradient(request: FitRequest): Promise<Fitted> {
  const { data, options, random } = request;
  const one = gradientClass(options.class);
  const method = lossMethod(options.loss.name);
  const stages = method.stages(options.loss);
  const fresh = request.weights ?? one.initialWeights(data.layout, options.class, random.fork('weights'));
  const run: Run = {
    state: arraysOf(new Map([...fresh, ...optimiserState(fresh)])),
    weights: fresh,
    steps: 0,
    epoch: 0,
    curve: [],
  };
  let best = new BestWeights(fresh);
  for (const [index, stage] of stages.entries()) {
    best = new BestWeights(fresh);
    const last = index === stages.length - 1;
    const share = stages.slice(0, index + 1).reduce((sum, { share }) => sum + share, 0);
    const until = last ? options.epochs : Math.round(share * options.epochs);
    await runStage(request, { stage, until, best, run, random: random.fork(`stage ${index}`) });
  }
  return {
    weights: best.weights,
    losses: [...best.losses],
    curve: run.curve,
    epochs: run.epoch,
    notes: [],
  };
}

interface Run {
  state: State;
  weights: Arrays;
  steps: number;
  epoch: number;
  curve: Fitted['curve'];
}

async function runStage(
  { data, options, engine, report }: FitRequest,
  {
    stage,
    until,
    best,
    run,
    random,
  }: { stage: Stage; until: number; best: BestWeights; run: Run; random: Random },
): Promise<void> {
  const one = gradientClass(options.class);
  const method = lossMethod(options.loss.name);
  const rows = method.starts(data, stage, 'train').length;
  const batch = Math.min(options.batchSize, rows);
  if (rows === 0) throw noWindowError(data, stage.steps);
  // Steps through the model count like steps of the optimiser: both make the graph longer.
  const unroll = Math.max(1, Math.floor(UNROLL / stage.steps));
  const shape: StepShape = {
    ...{ layout: data.layout, class: options.class, loss: options.loss, stage },
    ...{ normaliser: data.normaliser, rows, batch, unroll, weightDecay: options.weightDecay },
  };
  await report({ phase: 'compiling', detail: stage.title });
  const programs = await compilePrograms(engine, {
    weights: run.weights,
    shape,
    holdOut: heldOutBatch(data, { method, stage }),
  });
  try {
    const members = one.members(options.class);
    const sampler = new BatchSampler(
      data,
      { method, stage },
      { members, batch, unroll, bootstrap: one.bootstrap(options.class) },
      random,
    );
    const noise = noiseSpecs(shape);
    const noiseRandom = random.fork('noise');
    const callsPerEpoch = Math.max(1, Math.round(rows / batch / unroll));
    while (run.epoch < until && best.epochsWithoutImprovement < options.patience) {
      const losses: Float32Array[] = [];
      for (let call = 0; call < callsPerEpoch; call++) {
        const schedule = adamSchedule(options.learningRate, run.steps + 1, unroll);
        const drawn = drawNoise(noise, noiseRandom);
        const outputs = await programs.step({ ...run.state, ...sampler.next(), ...drawn, schedule });
        run.steps += unroll;
        run.state = outputs.state;
        losses.push(outputs.nll);
        await report({ phase: 'training', detail: stage.title });
      }
      run.epoch++;
      const trainLoss = mean(losses.map(mean));
      if (!Number.isFinite(trainLoss)) throw divergedError(run.epoch, options.learningRate);
      const judged = programs.judge && (await programs.judge(run.state));
      best.update(judged ?? meanByMember(losses), run.state);
      run.curve.push({ epoch: run.epoch, train: trainLoss, holdOut: judged ? mean(judged) : null });
      await report({
        phase: 'training',
        epoch: run.epoch,
        trainLoss,
        holdOutLoss: judged ? [...judged] : null,
      });
    }
  } finally {
    await programs.dispose();
  }
}

/** The class's random numbers for one call. */
export function drawNoise(specs: ReturnType<typeof noiseSpecs>, random: Random): State {
  return Object.fromEntries(
    specs.map(({ name, shape, kind }) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      return [name, kind === 'normal' ? random.fillNormal(values) : random.fillUniform(values)];
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

export function arraysOf(arrays: Arrays): State {
  return Object.fromEntries([...arrays].map(([name, { values }]) => [name, values]));
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** [members], averaged over calls. */
function meanByMember(calls: readonly Float32Array[]): number[] {
  return Array.from({ length: calls[0]?.length ?? 0 }, (_, member) =>
    mean(calls.map((losses) => losses[member] as number)),
  );
}
