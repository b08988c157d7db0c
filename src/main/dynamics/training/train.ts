import type { ModelSummary } from '../../../shared/model';
import { permutation } from '../../../shared/permutation';
import { Random } from '../../../shared/random';
import { type Engine, openEngine } from '../../tensor';
import { modelClass, requireLoss } from '../classes';
import type { DirectClass, Fitted } from '../classes/types';
import type { Gathered } from '../data/gather';
import { learnedBy, mergedStretches } from '../data/stretches';
import { gatheredOf, pickRows, prepareData, type TrainingData } from '../data/training-data';
import { lossMethod, requireSampling } from '../losses';
import { modelHash } from '../model-file';
import { trainThreads } from '../threads';
import type { DynamicsModel } from '../types';
import { continuedData, requireContinuable } from './continue';
import { type Crew, crewFor } from './crew';
import { fitByGradient } from './fit';
import { progressReporter, type Reporter } from './reporter';
import type { TrainRequest } from './request';
import type { TrainingState } from './training-state';

/**
 * Trains a model of the chosen class with the chosen loss on recorded transitions. The same request gives the same
 * weights on the same machine, interrupted and resumed or not, on however many threads.
 * @throws bad-data, wrong-use (a loss that the class cannot be trained with, a model that cannot be gone on from),
 *   cancelled, unavailable (the engine)
 */
export async function trainModel(request: TrainRequest): Promise<DynamicsModel> {
  const { options, from } = request;
  requireLoss(options);
  requireSampling(options);
  if (from) requireContinuable(from, request);
  const method = lossMethod(options.loss.name);
  // A copy, as of everything that is handed in to go on from: the model that comes out is made of it.
  const rounds: Fitted[] = structuredClone([...(request.resume?.rounds ?? [])]);
  let round = 1;
  const readBefore = 'transitions' in request.episodes ? request.episodes.seconds : 0;
  const report = progressReporter({
    ...{ epochs: options.epochs, onProgress: request.onProgress, signal: request.signal },
    before: (request.resume?.seconds ?? 0) + readBefore,
    prefix: () => (method.refine ? `round ${round}` : ''),
  });
  await report({ phase: 'loading' });
  const gathered = gatheredOf(request.channels, request.episodes, options);
  let data = from ? continuedData(request, gathered, from) : prepareData(request.channels, gathered, options);
  await report({ phase: 'compiling', transitions: data.transitions.count });
  const engine = await openEngine(options.engine);
  const crew = crewFor(engine, data, options, request.workers ?? 0);
  let best: { model: DynamicsModel; error: number } | undefined;
  try {
    for (; ; round++) {
      const known = rounds[round - 1];
      const fitted = known ?? (await fitOnce(request, { data, engine, crew, report, round, rounds }));
      if (!known) rounds.push(fitted);
      const model = assemble(request, gathered, data, fitted, report.seconds());
      if (engine.name !== options.engine) model.summary.notes.push(otherEngine(options.engine, engine.name));
      if (!method.refine) return model;
      const refinement = method.refine(options.loss, { model, data, engine, round });
      const { error, notes, data: more } = await report.while({ phase: 'training' }, refinement);
      model.summary.notes.push(...notes);
      if (best === undefined || error < best.error) best = { model, error };
      if (more === undefined) return best.model;
      data = more;
    }
  } finally {
    await crew.close();
  }
}

/** Its weights are not to the bit those of the engine that was asked for. */
const otherEngine = (asked: string, used: string): string =>
  `The engine "${asked}" is not available on this computer: "${used}" computed in its place, which rounds otherwise. foresight engines says why.`;

interface Round {
  data: TrainingData;
  engine: Engine;
  crew: Crew;
  report: Reporter;
  round: number;
  /** Those that are over. */
  rounds: Fitted[];
}

async function fitOnce(
  { options, from, resume, checkpoint }: TrainRequest,
  { data, engine, crew, report, round, rounds }: Round,
): Promise<Fitted> {
  const one = modelClass(options.class.name);
  const random = new Random(options.seed).fork(round === 1 ? 'fit' : `fit ${round}`);
  const stateWith = (fit: TrainingState['fit']): TrainingState => ({
    ...{ seconds: report.seconds(), rounds, fit },
  });
  if (one.kind === 'gradient') {
    return fitByGradient({
      ...{ data, options, crew, random, report, weights: (rounds.at(-1) ?? from)?.weights },
      resume: (rounds.length === resume?.rounds.length && resume.fit) || undefined,
      checkpoint: checkpoint && {
        due: () => checkpoint.due(),
        take: (fit) => checkpoint.take(stateWith(fit)),
      },
    });
  }
  checkpoint?.take(stateWith(null));
  const { train, holdOut } = data.split;
  const chosen = someOf(train, MOST_AT_ONCE, random.fork('rows'));
  const fitted = await (one as DirectClass).fit({
    layout: data.layout,
    options: options.class,
    train: pickRows(data, chosen),
    holdOut: holdOut.length > 0 ? pickRows(data, holdOut) : undefined,
    engine,
    threads: trainThreads(),
    random,
    progress: (step, steps, trainLoss, detail = '') =>
      report({ phase: 'training', epoch: step, epochs: steps, trainLoss, detail }),
  });
  if (chosen === train) return fitted;
  const note = `A model of the class "${options.class.name}" learns from all its data at once: it took ${chosen.length} of ${train.length} transitions, drawn at random.`;
  return { ...fitted, notes: [...fitted.notes, note] };
}

/** Transitions that a class which learns from all of them at once is given at most. */
const MOST_AT_ONCE = 100_000;

/** All of the rows or, where they are more than `most`, so many of them drawn at random, in their order. */
function someOf(rows: Int32Array, most: number, random: Random): Int32Array {
  if (rows.length <= most) return rows;
  const order = permutation(rows.length, random);
  return Int32Array.from({ length: most }, (_, i) => rows[order(i)]).sort();
}

function assemble(
  { name, rig, channels, options, from }: TrainRequest,
  { stretches }: Gathered,
  data: TrainingData,
  { weights, losses, curve, epochs, notes }: Fitted,
  seconds: number,
): DynamicsModel {
  const elites = modelClass(options.class.name).elites(options.class);
  const summary: ModelSummary = {
    ...{ hash: '', name, rig, options, ...channels, curve, epochs, eyes: null },
    createdAt: Date.now(),
    transitions: data.recorded,
    episodes: [...new Set(stretches.map(({ episode }) => episode))],
    keptOut: from?.summary.keptOut ?? [],
    learned: mergedStretches([...(from ? learnedBy(from.summary) : []), ...stretches]),
    trainSeconds: seconds,
    holdOutLoss: losses,
    elites: best(losses, elites),
    parent: from?.summary.hash ?? null,
    recalibration: null,
    knownTerritory: null,
    evaluation: null,
    notes: [...data.notes, ...notes],
  };
  const model: DynamicsModel = { summary, weights, normaliser: data.normaliser };
  summary.hash = modelHash(model);
  return model;
}

/** The members with the lowest losses, best first. */
function best(losses: readonly number[], count: number): number[] {
  const members = [...losses.keys()];
  members.sort((a, b) => losses[a] - losses[b] || a - b);
  return members.slice(0, count);
}
