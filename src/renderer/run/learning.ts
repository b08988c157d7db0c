import type { LearnInput } from '../../shared/contract';
import type { ModelSummary } from '../../shared/model';
import { AlgorithmOptions } from '../../shared/policy';
import type { RigFile } from '../../shared/rig';
import type { ActivityState, LearningState, LinkState } from '../../shared/telemetry';
import { algorithmOf, OFFERED, type OfferedAlgorithm, optionsOf } from '../ui/algorithms';
import { formatCount, formatNumber, groupDigits } from '../ui/format';
import { firstProblem } from '../ui/number-problem';
import { optionProblem } from '../ui/OptionFields';
import { RUN_RANGES, type RunForm, taskOf } from './run-form';
import { rigProblem } from './start';
import type { Light } from './trust';

/** What can learn while a rig moves. */
export const OFFERED_HERE = OFFERED.filter(({ traits }) => traits.onRig);

/** What the form of a run that learns comes to on a rig. */
export interface LearnSetup {
  algorithm: OfferedAlgorithm;
  /** Models of the rig that it may begin with; empty where it has no use for one. */
  models: ModelSummary[];
  model: ModelSummary | null;
  /** Why it cannot start, as a sentence for beside the button; null where it can. */
  problem: string | null;
}

/** @param fitting models of the rig, the newest first */
export function learnSetup(
  form: RunForm,
  rig: RigFile,
  fitting: readonly ModelSummary[],
  now: { phase: LinkState['phase'] | undefined; activity: ActivityState['kind'] | undefined },
): LearnSetup {
  const { learn, seed } = form;
  const algorithm = algorithmOf(learn.algorithm, OFFERED_HERE);
  // What learns while a rig moves learns from its channels.
  const models = algorithm.traits.model === 'none' ? [] : fitting.filter(({ eyes }) => eyes === null);
  const problem =
    rigProblem(now) ??
    optionProblem(algorithm.fields, optionsOf(algorithm, learn.options)) ??
    firstProblem([
      ['Steps at most', taskOf(form, rig).maxSteps, RUN_RANGES.maxSteps],
      ['Seed', seed, RUN_RANGES.seed],
    ]);
  return { algorithm, models, model: models.find(({ hash }) => hash === learn.model) ?? null, problem };
}

export const policyName = (rig: RigFile, { name }: OfferedAlgorithm): string => `${rig.name}-${name}`;

/** What the core is asked for; how long a run goes on, the algorithm's steps say. */
export function learnInput(
  { learn, tasks, seed, unattended }: RunForm,
  rig: RigFile,
  { algorithm, model }: Pick<LearnSetup, 'algorithm' | 'model'>,
): Partial<LearnInput> & Pick<LearnInput, 'algorithm'> {
  const task = tasks[rig.name];
  return {
    name: learn.name.trim() || policyName(rig, algorithm),
    algorithm: AlgorithmOptions.parse({ ...optionsOf(algorithm, learn.options), name: algorithm.name }),
    ...{ seed, unattended },
    ...(model && { model: model.hash }),
    ...(task && { task }),
  };
}

/** Updates owed beyond which a learner is behind: a share of all that were due, and no fewer than these. */
const BEHIND_SHARE = 0.1;
const BEHIND = 100;

/** Does the learner keep up with the rig: the one light of a run that learns, and why. */
export function learningLight({
  phase,
  steps,
  updates,
  owed = 0,
  waiting,
  swaps,
  lost,
}: LearningState): Light {
  if (lost !== null) {
    const drives =
      swaps > 0
        ? 'The learner is lost; the last policy drives on, without exploring, and nothing more is learned.'
        : 'The learner is lost before anything was learned, and the run ends.';
    return { tone: 'bad', answer: 'No: lost', reason: `${drives} ${lost.message}` };
  }
  if (phase === 'loading' || phase === 'compiling')
    return {
      ...{ tone: 'unknown', answer: 'Not yet' },
      reason: 'The learner gets ready. Until it brings a policy, the rig moves at random.',
    };
  if (phase === 'collecting' && swaps === 0)
    return {
      ...{ tone: 'unknown', answer: 'Not yet' },
      reason: `The rig moves at random until there is enough to learn from: ${formatCount(steps, 'step')} so far.`,
    };
  if (owed >= BEHIND && owed > BEHIND_SHARE * (updates + owed))
    return {
      ...{ tone: 'tight', answer: 'Behind' },
      reason: `${formatCount(owed, 'update')} are due for steps that the rig has made, and the rig waits for none. Fewer updates a step, a smaller batch or smaller networks are quicker.`,
    };
  return {
    ...{ tone: 'good', answer: 'Yes' },
    reason:
      waiting > 0
        ? `All but the newest ${formatCount(waiting, 'step')} are taken in, and what is learned drives at once.`
        : 'Every step is taken in, and what is learned drives at once.',
  };
}

/** What pauses and holds are to it. */
export function leftOutWords({ leftOut }: Pick<LearningState, 'leftOut'>): string {
  const rule = 'A pause, a hold or a stop by a person is no transition, and nothing is learned from it.';
  if (leftOut === 0) return rule;
  return `${rule} ${formatCount(leftOut, 'step')} left out so far: those, and steps that came late or that no policy had decided.`;
}

/** "1 240 of 20 000 steps learned from". */
export const learnedWords = ({ steps, stepsInAll }: LearningState): string =>
  `${groupDigits(steps)} of ${formatCount(stepsInAll, 'step')} learned from`;

/** Which policy was kept of a run that learned, a sentence. */
export function keptWords({ kept, steps, updates, lost }: LearningState): string {
  if (kept === null) return 'No policy was kept: nothing was learned yet.';
  const how = `${formatCount(steps, 'step')}, ${formatCount(updates, 'update')}`;
  return lost === null
    ? `Kept as policy “${kept.name}”: ${how}.`
    : `The learner was lost; its last policy is kept as “${kept.name}”: ${how}.`;
}

/** The newest whole episode's return, as text. */
export const newestReturn = ({ returns }: LearningState): string => {
  const newest = returns.at(-1);
  return newest === undefined || newest === null ? '–' : formatNumber(newest, 4);
};
