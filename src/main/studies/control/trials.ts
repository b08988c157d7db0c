import type { Evaluation, ModelSummary, TrainProgress } from '../../../shared/model';
import { AdaptOptions } from '../../../shared/plan';
import { Random } from '../../../shared/random';
import { quantile } from '../../../shared/statistics';
import type { StudyFile, TrialRow } from '../../../shared/study';
import type { Core } from '../../core';
import { type EpisodeOutcome, wasCut } from '../../core/conductor';
import { regularSteps } from '../../dynamics/data/regular-runs';
import { MIN_TRANSITIONS } from '../../dynamics/data/transitions';
import { learnGuide } from './guide';

/** Horizons, in steps, at which a trial's row reports the model's error. */
export const REPORTED_HORIZONS = [1, 10, 25] as const;

export interface StudyHooks {
  onTraining?(trial: number, progress: TrainProgress): void;
  onStep?(trial: number, step: number, maxSteps: number, returnSoFar: number): void;
  onGuide?(trial: number, words: string): void;
  onTrial?(row: TrialRow): void;
}

/** Episodes with a frozen model. */
export interface StudyEvaluation {
  /** The number of transitions that was asked for, and the number that there were. */
  at: number;
  transitions: number;
  outcomes: EpisodeOutcome[];
}

export interface StudyResult {
  trials: TrialRow[];
  /** Transitions after the first trial at the largest return, or null. */
  solvedAt: number | null;
  /** Model that drove the last trial; null when no trial was run. */
  model: ModelSummary | null;
  evaluations: StudyEvaluation[];
  /** Episodes of the data, in the order in which they were recorded; those of evaluations are none of them. */
  episodes: { id: number; steps: number }[];
  /** Why it ended before its trials were done (e-stop, hold, a lost rig), as a sentence; null when it did not. */
  cutShort: string | null;
}

/**
 * The main job: random motion, then trials of train → MPC (Chua et al. 2018, algorithm 1), for one seed, on the
 * rig that is connected. Everything is recorded; every model is kept.
 */
export async function runStudy(
  core: Core,
  study: StudyFile,
  seed: number,
  hooks: StudyHooks = {},
): Promise<StudyResult> {
  const { rig } = core.rig.require();
  const task = study.task ?? rig.file.task;
  const random = new Random(seed);
  const rows: TrialRow[] = [];
  const episodes: StudyResult['episodes'] = [];
  const ids = () => episodes.map(({ id }) => id);
  const evaluations: StudyEvaluation[] = [];
  const evaluateAt = [...(study.evaluate?.at ?? [])].sort((a, b) => a - b);
  const enough = () => study.transitions !== undefined && transitions >= study.transitions;
  let transitions = 0;
  let solvedAt: number | null = null;
  let cutShort: string | null = null;
  let model: ModelSummary | null = null;
  let guide: string | null = null;

  const take = (outcome: EpisodeOutcome) => {
    const { id, steps } = outcome.summary;
    episodes.push({ id, steps });
    transitions += steps;
    if (wasCut(outcome)) cutShort ??= outcome.reason;
  };
  const report = (row: TrialRow) => {
    rows.push(row);
    hooks.onTrial?.(row);
  };

  const recordRandom = (count: number) =>
    core.activity.record(
      {
        episodes: count,
        maxSteps: task.maxSteps,
        useTermination: true,
        holdSteps: study.holdSteps,
        amplitude: 1,
        seed: random
          .fork(episodes.length === 0 ? 'random motion' : `random motion ${episodes.length}`)
          .integer(2 ** 31),
      },
      { onStep: (step, sum) => hooks.onStep?.(0, step, task.maxSteps, sum) },
    );
  const recorded = await recordRandom(study.randomEpisodes);
  recorded.forEach(take);
  // A pole that falls at once on a line that stutters leaves less than a model can be learned from.
  while (cutShort === null && (await usableTransitions(core, ids())) < MIN_TRANSITIONS) {
    const more = await recordRandom(1);
    more.forEach(take);
    recorded.push(...more);
  }
  report(rowOf(0, transitions, recorded, null));

  const due = () => evaluateAt.length > 0 && transitions >= evaluateAt[0];
  for (let trial = 1; cutShort === null; trial++) {
    const last = trial > study.trials || enough();
    // A last model only where it is still to be judged.
    if (last && !due()) break;
    const trialRandom = random.fork(`trial ${trial}`);
    if (study.dynamics === 'model') {
      const training = await core.models.trainings.train(
        {
          name: `${study.name}-trial-${trial}`,
          episodes: ids(),
          options: { ...study.model, seed: trialRandom.fork('model').integer(2 ** 31) },
          last: 0,
          ...(study.trainFrom === 'previous' && model !== null && { from: model.hash }),
        },
        (progress) => hooks.onTraining?.(trial, progress),
        'errors',
      );
      model = await training.done;
    }
    const { guide: options } = study;
    guide =
      options && model
        ? await learnGuide(core, options, {
            ...{ model: model.hash, task, seed: trialRandom.fork('guide').integer(2 ** 31) },
            from: study.guideFrom === 'previous' ? guide : null,
            say: (words) => hooks.onGuide?.(trial, words),
          })
        : null;
    const plan = (episodeCount: number, seedOf: string, asked = study.adapt) =>
      core.activity.run(
        {
          ...drivers(study, model?.hash ?? '', guide),
          ...{ planner: study.planner, propagation: study.propagation, adapt: asked, task },
          explore: study.explore && seedOf === 'run',
          episodes: episodeCount,
          seed: (seedOf === 'run' ? trialRandom : random).fork(seedOf).integer(2 ** 31),
        },
        { onStep: (step, sum) => hooks.onStep?.(trial, step, task.maxSteps, sum) },
      );
    while (study.evaluate && due() && cutShort === null) {
      const at = evaluateAt.shift() as number;
      const outcomes = await plan(study.evaluate.episodes, 'evaluation', AdaptOptions.parse({}));
      cutShort = outcomes.find(wasCut)?.reason ?? null;
      evaluations.push({ at, transitions, outcomes });
    }
    if (last || cutShort !== null) break;
    const outcomes = await plan(study.trialEpisodes, 'run');
    outcomes.forEach(take);
    const outcome = outcomes.at(-1);
    if (!outcome) break;
    const error = model === null ? null : await modelError(core, model, outcome, ids());
    report(rowOf(trial, transitions, outcomes, error));
    if (task.maxReturn !== undefined && outcomes.every((one) => one.return >= (task.maxReturn ?? 0))) {
      solvedAt ??= transitions;
      if (study.stopWhenSolved) break;
    }
  }
  return { trials: rows, solvedAt, model, evaluations, episodes, cutShort };
}

/** Who drives a run: a policy that drives by itself foresees nothing. */
export const drivers = (
  { driver = 'planner', dynamics }: StudyFile,
  model: string,
  policy: string | null,
) => ({
  ...{ driver, policy, dynamics },
  model: driver === 'policy' ? '' : model,
});

function rowOf(
  trial: number,
  transitions: number,
  outcomes: EpisodeOutcome[],
  error: TrialRow['modelError'] | null,
): TrialRow {
  const planMs = outcomes.flatMap((o) => o.planMs);
  const returns = outcomes.map((o) => o.return);
  return {
    trial,
    transitions,
    return: returns.reduce((a, b) => a + b, 0) / Math.max(1, returns.length),
    modelError: error ?? Object.fromEntries(REPORTED_HORIZONS.map((h) => [String(h), null])),
    planMsP50: planMs.length > 0 ? quantile(planMs, 0.5) : null,
    planMsP99: planMs.length > 0 ? quantile(planMs, 0.99) : null,
    missed: outcomes.reduce((sum, o) => sum + o.summary.missedPlans, 0),
  };
}

async function modelError(
  core: Core,
  model: ModelSummary,
  outcome: EpisodeOutcome,
  episodes: number[],
): Promise<TrialRow['modelError']> {
  const evaluation = await core.models.judge(model.hash, [outcome.summary.id], [...REPORTED_HORIZONS]);
  // Each latent state has mean 0 and deviation 1 over its numbers.
  const spread = model.eyes ? evaluation.channels.map(() => 1) : await spreads(core, episodes);
  return relativeError(evaluation, spread);
}

/** One number a horizon: each channel's error in units of its spread, then the root mean square over channels. */
export function relativeError(evaluation: Evaluation, spread: number[]): TrialRow['modelError'] {
  return Object.fromEntries(
    evaluation.horizons.map((horizon, h) => {
      const errors = evaluation.channels.map((c, i) => {
        const error = c.error[h];
        return error === null || error === undefined ? Number.NaN : error / (spread[i]! || 1);
      });
      const mean = errors.reduce((sum, e) => sum + e * e, 0) / errors.length;
      return [String(horizon), Number.isFinite(mean) ? Math.sqrt(mean) : null];
    }),
  );
}

async function usableTransitions(core: Core, episodes: number[]): Promise<number> {
  const { periodSeconds } = core.rig.require().rig.file;
  const all = await Promise.all(episodes.map((id) => core.log.columns(id)));
  return all.reduce((sum, columns) => sum + regularSteps(columns, periodSeconds).length, 0);
}

/** Standard deviation of every observation channel over the given episodes. */
async function spreads(core: Core, episodes: number[]): Promise<number[]> {
  const all = await Promise.all(episodes.map((id) => core.log.columns(id)));
  const channels = all[0] ? all[0].observations.length / all[0].rows : 0;
  return Array.from({ length: channels }, (_, c) => {
    let count = 0;
    let sum = 0;
    let squares = 0;
    for (const { rows, observations } of all) {
      for (let row = 0; row < rows; row++) {
        const value = observations[row * channels + c]!;
        count++;
        sum += value;
        squares += value * value;
      }
    }
    return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  });
}
