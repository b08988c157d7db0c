import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ControlUnit,
  type EvaluationRow,
  recordingStudy,
  variantStudy,
} from '../../shared/control-study';
import { ForesightError } from '../../shared/errors';
import type { PlannerOptions } from '../../shared/plan';
import { Random } from '../../shared/random';
import { median } from '../../shared/statistics';
import type { StudyFile } from '../../shared/study';
import type { Core } from '../core';
import type { EpisodeOutcome } from '../core/conductor';
import { runStudy, type StudyHooks } from '../core/study';
import { budgetKnob, withSize } from '../plan/budget/measure';
import type { ControlOrder, PreparedModels } from './messages';
import { patchRig, rigPath } from './patched-rig';

/** Steps of an episode that a size is timed with; the first ones also compile. */
const TIMED_STEPS = 24;
/** A size whose median is this near to the wanted time is good enough. */
const NEAR = 0.08;
const MOST_SIZES = 7;

const PREPARED = 'models.json';

/** Everything of one variant with one seed, on a core whose workspace is the order's. @throws whatever stops it */
export async function runControlUnit(
  core: Core,
  order: ControlOrder,
  say: (words: string) => void,
): Promise<ControlUnit | null> {
  if (order.variant === null) {
    await prepare(core, order, say);
    return null;
  }
  const began = performance.now();
  const study = variantStudy(order.study, order.variant);
  const { protocol } = order.study;
  const unit: ControlUnit = {
    ...{ variant: order.variant, seed: order.seed, curve: [], evaluations: [], wallSeconds: 0 },
  };
  if (protocol.kind === 'learning-curve') {
    await connect(core, study, order);
    const result = await runStudy(
      core,
      {
        ...study,
        trials: 1000,
        transitions: protocol.transitions,
        ...(protocol.evaluate && study.dynamics === 'model' && { evaluate: protocol.evaluate }),
      },
      order.seed,
      saying(say),
    );
    if (result.cutShort !== null) throw cutShort(result.cutShort);
    unit.curve = result.trials.map(({ transitions, return: sum, planMsP50 }) => ({
      ...{ transitions, return: sum, planMs: planMsP50 },
    }));
    for (const { at, transitions, outcomes } of result.evaluations) {
      unit.evaluations.push({ at, transitions, ...(await judged(core, 'none', outcomes, study.planner)) });
    }
  } else {
    unit.evaluations = await evaluateFixed(core, order, study, say);
  }
  unit.wallSeconds = (performance.now() - began) / 1000;
  return unit;
}

async function prepare(core: Core, order: ControlOrder, say: (words: string) => void): Promise<void> {
  const { protocol } = order.study;
  if (protocol.kind !== 'fixed-model') throw new RangeError('a learning curve needs no recording');
  const study = recordingStudy(order.study);
  await connect(core, study, order);
  const most = Math.max(...protocol.sizes);
  const recorded = await runStudy(
    core,
    { ...study, trials: 1000, transitions: most, stopWhenSolved: false },
    order.seed,
    saying(say),
  );
  if (recorded.cutShort !== null) throw cutShort(recorded.cutShort);
  const prepared: PreparedModels = { models: [] };
  for (const at of protocol.sizes) {
    const chosen: number[] = [];
    let transitions = 0;
    for (const { id, steps } of recorded.episodes) {
      if (chosen.length > 0 && transitions + steps > at) break;
      chosen.push(id);
      transitions += steps;
    }
    const training = await core.models.train(
      {
        name: `fixed-${at}`,
        episodes: chosen,
        options: { ...study.model, seed: new Random(order.seed).fork(`fixed ${at}`).integer(2 ** 31) },
        last: 0,
      },
      ({ epoch, epochs }) => say(`model of ${at} transitions, ${epoch} of ${epochs}`),
      'errors',
    );
    prepared.models.push({ at, transitions, hash: (await training.done).hash });
  }
  await writeFile(join(order.workspace, PREPARED), `${JSON.stringify(prepared)}\n`);
}

async function evaluateFixed(
  core: Core,
  order: ControlOrder,
  study: StudyFile,
  say: (words: string) => void,
): Promise<EvaluationRow[]> {
  const { protocol } = order.study;
  if (protocol.kind !== 'fixed-model') throw new RangeError('only a fixed model is evaluated so');
  const { models } = JSON.parse(await readFile(join(order.workspace, PREPARED), 'utf8')) as PreparedModels;
  const rows: EvaluationRow[] = [];
  for (const [disturbance, patch] of Object.entries(protocol.disturbances)) {
    await connect(core, study, order, patch, disturbance);
    const task = study.task ?? core.rig.require().rig.file.task;
    // A simulator is the same however much a model has learned.
    for (const { at, transitions, hash } of models) {
      const run = (planner: PlannerOptions, episodes: number, maxSteps: number) =>
        core.activity.run(
          {
            ...{ model: hash, dynamics: study.dynamics, propagation: study.propagation, planner, episodes },
            task: { ...task, maxSteps },
            // The same starts for every variant.
            seed: new Random(order.seed).fork('evaluation').integer(2 ** 31),
          },
          {
            onStep: (step, sum) =>
              say(
                `${disturbance === 'none' ? '' : `${disturbance}, `}${at} transitions, step ${step}, return ${sum.toFixed(1)}`,
              ),
          },
        );
      const planner =
        protocol.periodMs === undefined
          ? study.planner
          : await fillTime(study.planner, protocol.periodMs, async (sized) => {
              const outcomes = await run(sized, 1, TIMED_STEPS);
              stopWhereCut(outcomes);
              return median(outcomes.flatMap(({ planMs }) => planMs.slice(3)));
            });
      const outcomes = await run(planner, protocol.episodes, task.maxSteps);
      rows.push({ at, transitions, ...(await judged(core, disturbance, outcomes, planner)) });
    }
  }
  return rows;
}

/**
 * The planner with as many candidates (or iterations) as make its median plan take `ms`: sizes in proportion to the time
 * that the last one took, until one is near.
 */
export async function fillTime(
  planner: PlannerOptions,
  ms: number,
  time: (planner: PlannerOptions) => Promise<number>,
): Promise<PlannerOptions> {
  const knob = budgetKnob(planner);
  const within = (size: number) => Math.round(Math.min(knob.most, Math.max(knob.least, size)));
  let size = within((planner as unknown as Record<string, number>)[knob.name] ?? knob.first);
  let best = { size, off: Number.POSITIVE_INFINITY };
  const tried = new Set<number>();
  while (tried.size < MOST_SIZES && !tried.has(size)) {
    tried.add(size);
    const took = await time(withSize(planner, size));
    const off = Math.abs(Math.log(took / ms));
    if (off < best.off) best = { size, off };
    if (off < NEAR || !(took > 0)) break;
    size = within((size * ms) / took);
  }
  return withSize(planner, best.size);
}

async function judged(
  core: Core,
  disturbance: string,
  outcomes: EpisodeOutcome[],
  planner: PlannerOptions,
): Promise<Omit<EvaluationRow, 'at' | 'transitions'>> {
  stopWhereCut(outcomes);
  const planMs = outcomes.flatMap((outcome) => outcome.planMs);
  let stepsOutside = 0;
  for (const { summary } of outcomes) {
    const { rows, observations } = await core.log.columns(summary.id);
    const limits = summary.observations.map((channel) => channel.limits);
    for (let row = 1; row < rows; row++) {
      const outside = limits.some((range, c) => {
        const value = observations[row * limits.length + c] as number;
        return range !== null && (value < range[0] || value > range[1]);
      });
      if (outside) stepsOutside++;
    }
  }
  return {
    disturbance,
    returns: outcomes.map((outcome) => outcome.return),
    stepsOutside,
    planMs: planMs.length > 0 ? median(planMs) : null,
    size: (planner as unknown as Record<string, number>)[budgetKnob(planner).name] ?? null,
  };
}

async function connect(
  core: Core,
  study: StudyFile,
  order: ControlOrder,
  patch: Record<string, unknown> = {},
  name = 'none',
): Promise<void> {
  const place = join(order.workspace, 'patched', name.replace(/[^A-Za-z0-9]+/g, '-'));
  await rm(place, { recursive: true, force: true });
  const rig = await patchRig(rigPath(study.rig, order.folder), patch, place);
  await core.rig.connect({ rig, port: study.port, mode: study.mode, seed: order.seed });
}

function stopWhereCut(outcomes: EpisodeOutcome[]): void {
  const cut = outcomes.find(({ endedBy }) => ['stopped', 'held', 'fault'].includes(endedBy));
  if (cut) throw cut.error ?? cutShort(cut.reason);
}

const cutShort = (reason: string) =>
  new ForesightError('rig-refused', `The unit ended early. ${reason}`, 'Run the study again.');

function saying(say: (words: string) => void): StudyHooks {
  return {
    onTraining: (trial, { epoch, epochs }) => say(`trial ${trial}, training ${epoch} of ${epochs}`),
    onStep: (trial, step, _most, sum) =>
      say(`${trial === 0 ? 'random motion' : `trial ${trial}`}, step ${step}, return ${sum.toFixed(1)}`),
  };
}

/** A workspace of its own with what was prepared in it. */
export async function copyPrepared(order: ControlOrder): Promise<void> {
  if (order.prepared !== undefined) await cp(order.prepared, order.workspace, { recursive: true });
}
