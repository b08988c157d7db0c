import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ControlUnit,
  type EvaluationRow,
  recordingStudy,
  variantStudy,
} from '../../../shared/control-study';
import { ForesightError } from '../../../shared/errors';
import type { PlannerOptions } from '../../../shared/plan';
import { Random } from '../../../shared/random';
import { mean, median } from '../../../shared/statistics';
import type { StudyFile } from '../../../shared/study';
import type { Core } from '../../core';
import { type EpisodeOutcome, wasCut } from '../../core/conductor';
import { policyFileOf } from '../../core/policy-shelf';
import { writeWhole } from '../../files/write-whole';
import { budgetKnob, withSize } from '../../plan/budget/measure';
import { planBounds } from '../../plan/thread';
import type { PlanSetup } from '../../plan/types';
import { rigPath } from '../common/unit-file';
import { learnGuide } from './guide';
import type { ControlOrder, PreparedModels } from './messages';
import { patchRig } from './patched-rig';
import { fillTime, planTimer, type TimePlanner } from './sizing';
import { drivers, runStudy, type StudyHooks } from './trials';

/** Recorded observations that plans are timed from. */
const TIMED_STATES = 8;

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
  const prepared: PreparedModels = { models: [], states: await statesOf(core, recorded.episodes.at(-1)?.id) };
  for (const at of protocol.sizes) {
    const chosen: number[] = [];
    let transitions = 0;
    for (const { id, steps } of recorded.episodes) {
      if (chosen.length > 0 && transitions + steps > at) break;
      chosen.push(id);
      transitions += steps;
    }
    const training = await core.models.trainings.train(
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
  await writeWhole(join(order.workspace, PREPARED), `${JSON.stringify(prepared)}\n`);
}

/** Observations evenly spread over an episode. */
async function statesOf(core: Core, episode: number | undefined): Promise<number[][]> {
  if (episode === undefined) return [];
  const { rows, observations } = await core.log.columns(episode);
  const width = observations.length / rows;
  return Array.from({ length: TIMED_STATES }, (_, i) => {
    const row = Math.floor((i * rows) / TIMED_STATES);
    return [...observations.slice(row * width, (row + 1) * width)];
  });
}

async function evaluateFixed(
  core: Core,
  order: ControlOrder,
  study: StudyFile,
  say: (words: string) => void,
): Promise<EvaluationRow[]> {
  const { protocol } = order.study;
  if (protocol.kind !== 'fixed-model') throw new RangeError('only a fixed model is evaluated so');
  const prepared = JSON.parse(await readFile(join(order.workspace, PREPARED), 'utf8')) as PreparedModels;
  const { models } = prepared;
  const rows: EvaluationRow[] = [];
  const guides = new Map<string, string | null>();
  const guideOf = async (model: string): Promise<string | null> => {
    const known = guides.get(model);
    if (known !== undefined || study.guide === undefined) return known ?? null;
    const task = study.task ?? core.rig.require().rig.file.task;
    const found = await learnGuide(core, study.guide, { model, task, seed: order.seed, say });
    guides.set(model, found);
    return found;
  };
  // The size is chosen once, on the rig as it was recorded, and the same under all disturbances.
  let planner = study.planner;
  if (order.size !== undefined) planner = withSize(planner, order.size);
  else if (protocol.periodMs !== undefined) {
    await connect(core, study, order);
    const guide = await guideOf(models[0]?.hash ?? '');
    say('how many candidates fit');
    planner = await fillTime(planner, protocol.periodMs, timerOn(core, study, order, prepared, guide));
  }
  for (const [disturbance, patch] of Object.entries(protocol.disturbances)) {
    await connect(core, study, order, patch, disturbance);
    const task = study.task ?? core.rig.require().rig.file.task;
    // A simulator is the same however much a model has learned.
    for (const { at, transitions, hash } of models) {
      const outcomes = await core.activity.run(
        {
          ...drivers(study, hash, await guideOf(hash)),
          ...{ propagation: study.propagation, planner },
          ...{ task, episodes: protocol.episodes },
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
      rows.push({ at, transitions, ...(await judged(core, disturbance, outcomes, planner)) });
    }
  }
  return rows;
}

function timerOn(
  core: Core,
  study: StudyFile,
  order: ControlOrder,
  prepared: PreparedModels,
  guide: string | null,
): TimePlanner {
  const { rig } = core.rig.require();
  const setup: PlanSetup = {
    modelFile: core.models.fileOf(prepared.models[0]?.hash ?? ''),
    ...(study.dynamics === 'simulator' && { simulator: rig }),
    ...(guide !== null && { policyFile: policyFileOf(core.log, guide) }),
    ...{ task: study.task ?? rig.file.task, planner: study.planner, propagation: study.propagation },
    ...planBounds(rig.file),
    ...{ threads: study.planner.threads, seed: order.seed },
  };
  return planTimer(setup, prepared.states);
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
        const value = observations[row * limits.length + c];
        return range !== null && (value < range[0] || value > range[1]);
      });
      if (outside) stepsOutside++;
    }
  }
  return {
    disturbance,
    returns: outcomes.map((outcome) => outcome.return),
    ...{ stepsOutside, steps: outcomes.reduce((sum, { summary }) => sum + summary.steps, 0) },
    success: meanOf(outcomes.map(({ success }) => (success === null ? null : Number(success)))),
    successShare: meanOf(outcomes.map(({ successShare }) => successShare)),
    planMs: planMs.length > 0 ? median(planMs) : null,
    size: (planner as unknown as Record<string, number>)[budgetKnob(planner).name] ?? null,
  };
}

/** null where one is not known. */
function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.flatMap((value) => value ?? []);
  return known.length > 0 && known.length === values.length ? mean(known) : null;
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
  const cut = outcomes.find(wasCut);
  if (cut) throw cut.error ?? cutShort(cut.reason);
}

const cutShort = (reason: string) =>
  new ForesightError('rig-refused', `The unit ended early. ${reason}`, 'Run the study again.');

function saying(say: (words: string) => void): StudyHooks {
  return {
    onGuide: (trial, words) => say(`trial ${trial}, ${words}`),
    onTraining: (trial, { epoch, epochs }) => say(`trial ${trial}, training ${epoch} of ${epochs}`),
    onStep: (trial, step, _most, sum) =>
      say(`${trial === 0 ? 'random motion' : `trial ${trial}`}, step ${step}, return ${sum.toFixed(1)}`),
  };
}

/** A workspace of its own with what was prepared in it. */
export async function copyPrepared(order: ControlOrder): Promise<void> {
  if (order.prepared !== undefined) await cp(order.prepared, order.workspace, { recursive: true });
}
