import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { RunInput } from '../../shared/contract';
import {
  AdaptOptions,
  DEFAULT_PLANNER,
  type PilotName,
  PLANNER_OPTIONS,
  type PlannerName,
  PlannerOptions,
  PropagationOptions,
  wantsGuide,
} from '../../shared/plan';
import type { AlgorithmName } from '../../shared/policy';
import { type RigFile, simulationOf } from '../../shared/rig';
import type { TaskFile } from '../../shared/task';
import type { Verdict } from '../../shared/verdict';
import { restored } from '../store/kept-form';
import { type ChangedOptions, USUAL_ALGORITHM } from '../ui/algorithms';
import { firstProblem } from '../ui/number-problem';
import { optionProblem } from '../ui/OptionFields';
import { trustedSteps } from '../ui/verdict-words';
import { adaptAsked, adaptFields, plannerInfo, propagationFields } from './planners';

type PlannerForms = { [M in PlannerName]: Extract<PlannerOptions, { method: M }> };

export type Driver = PilotName | 'learner';

/** What the Run room will start with. A form, not a truth: what runs is in the activity. Kept over a reload. */
export interface RunForm {
  /** Who drives: a planner, a policy, or one that is learned while it does. */
  driver: Driver;
  /** What a run that learns is to be. */
  learn: { name: string; algorithm: AlgorithmName; options: ChangedOptions; model: string | null };
  /** Who does not drive thinks along, is shown, and may take over. */
  beside: boolean;
  /** A policy is imagined in the chosen model. */
  imagined: boolean;
  /** Who predicts: a learned model, or the rig's own simulator. */
  dynamics: 'model' | 'simulator';
  method: PlannerName;
  /** Every planner keeps what was entered for it. */
  planners: PlannerForms;
  /** A person has said how far to look ahead; otherwise the model's verdict does. */
  ownHorizon: boolean;
  propagation: PropagationOptions;
  adapt: AdaptOptions;
  episodes: number;
  seed: number;
  /** Goes on without this window. Asked for anew at every start, so it is neither kept nor left on. */
  unattended: boolean;
  /** By rig, where it is not the rig's own. */
  tasks: Record<string, TaskFile>;
  /** By rig, what was typed as a new reward of a run that goes on and not yet applied. */
  rewards: Record<string, string>;
  /** Steps between a prediction and what it is laid over. */
  ahead: number;
  ghosts: boolean;
  candidates: boolean;
  tube: boolean;
  past: boolean;
  /** What only an expert changes is in view. */
  expert: boolean;
}

/** Until somebody says otherwise: as many candidates as fit into the control period of this computer. */
const usualPlanner = (method: PlannerName) => PlannerOptions.parse({ method, budget: 'auto' });

const usual = (): RunForm => ({
  ...{ driver: 'planner', beside: false, imagined: true },
  learn: { name: '', algorithm: USUAL_ALGORITHM, options: {}, model: null },
  dynamics: 'model',
  method: DEFAULT_PLANNER,
  planners: Object.fromEntries(
    PLANNER_OPTIONS.map(({ shape }) => [shape.method.value, usualPlanner(shape.method.value)]),
  ) as PlannerForms,
  ownHorizon: false,
  propagation: PropagationOptions.parse({}),
  adapt: AdaptOptions.parse({}),
  episodes: 1,
  seed: 0,
  unattended: false,
  tasks: {},
  rewards: {},
  ahead: 10,
  ghosts: true,
  candidates: true,
  tube: true,
  past: true,
  expert: false,
});

export const useRunForm = create<RunForm>()(
  persist(usual, {
    name: 'foresight.run',
    partialize: ({ unattended: _, ...kept }) => kept,
    merge: (kept, today) => {
      const form = restored(today, kept);
      // A planner that is not offered any more has no form to draw.
      return form.method in form.planners ? form : { ...form, method: DEFAULT_PLANNER };
    },
  }),
);

export function plannerOf({ planners, method }: RunForm): PlannerOptions {
  return planners[method];
}

/** What a run on this rig maximises: the rig's own task until something was changed. */
export const taskOf = ({ tasks }: Pick<RunForm, 'tasks'>, rig: RigFile): TaskFile =>
  tasks[rig.name] ?? rig.task;

export function changeTask(rig: string, task: TaskFile | null): void {
  useRunForm.setState(({ tasks, rewards }) => ({
    tasks: changed(tasks, rig, task),
    // What was typed for the task as it was has been applied or is no longer about it.
    rewards: changed(rewards, rig, null),
  }));
}

function changed<T>(by: Record<string, T>, rig: string, value: T | null): Record<string, T> {
  const { [rig]: _, ...others } = by;
  return value === null ? others : { ...others, [rig]: value };
}

/** The reward that is typed for the run that goes on: what it maximises until something else was typed. */
export const rewardOf = ({ rewards, tasks }: Pick<RunForm, 'rewards' | 'tasks'>, rig: RigFile): string =>
  rewards[rig.name] ?? taskOf({ tasks }, rig).reward;

export function typeReward(rig: string, reward: string): void {
  useRunForm.setState(({ rewards }) => ({ rewards: changed(rewards, rig, reward) }));
}

/** Shorter plans get nowhere, however few steps a model can be trusted for. */
const LEAST_HORIZON = 10;

/**
 * Steps that a run will look ahead: what a person has set, else the planner's usual number, cut to what the model can be
 * trusted for.
 * @param judged the model's verdict; null where the simulator predicts
 */
export function horizonOf(form: RunForm, judged: Verdict | null): number {
  const { horizon } = plannerOf(form);
  const trusted = judged && trustedSteps(judged);
  if (form.ownHorizon || trusted === null) return horizon;
  return Math.min(horizon, Math.max(trusted, LEAST_HORIZON));
}

const EPISODES = { min: 1, max: 1000, whole: true };
export const RUN_RANGES = { episodes: EPISODES, seed: { whole: true }, maxSteps: { min: 1, whole: true } };

/** The first number of the form that is out of its range, as a sentence; null where none is. */
export function formProblem(
  form: RunForm,
  rig: RigFile,
  { dynamics, sees }: Pick<Predicted, 'dynamics' | 'sees'>,
): string | null {
  const planner = plannerInfo(form.method);
  const numbers = [
    ['Steps at most', taskOf(form, rig).maxSteps, RUN_RANGES.maxSteps],
    ['Episodes', form.episodes, RUN_RANGES.episodes],
    ['Seed', form.seed, RUN_RANGES.seed],
  ] as const;
  return (
    (planner && optionProblem([...planner.main, ...planner.budget, ...planner.more], plannerOf(form))) ??
    optionProblem(propagationFields(form.propagation, dynamics), form.propagation) ??
    (dynamics === 'model'
      ? optionProblem(adaptFields(form.adapt, { sees, policy: needsPolicy(form) }), form.adapt)
      : null) ??
    firstProblem(numbers)
  );
}

/** Does the run need a policy: to drive, to think along, or for a planner that uses its value or its proposals? */
export function needsPolicy(form: Pick<RunForm, 'driver' | 'beside' | 'planners' | 'method'>): boolean {
  if (form.driver === 'learner') return false;
  return form.driver === 'policy' || form.beside || wantsGuide(form.planners[form.method]);
}

/** Who predicts on this rig; a form filled for another may ask for more. */
interface Predicted {
  dynamics: RunForm['dynamics'];
  model: string | undefined;
  /** The model learned from pictures. */
  sees: boolean;
  policy: string | undefined;
  rig: RigFile;
  horizon: number;
}

/** What the core is asked for. */
export function runInput(
  form: RunForm,
  { dynamics, model, sees, policy, rig, horizon }: Predicted,
): RunInput {
  const { driver, beside, propagation, adapt, episodes, seed, unattended } = form;
  const task = form.tasks[rig.name];
  return {
    driver: driver === 'policy' ? 'policy' : 'planner',
    ...{ beside, policy: needsPolicy(form) ? (policy ?? null) : null, explore: false },
    model: dynamics === 'model' ? (model ?? '') : '',
    dynamics,
    planner: { ...plannerOf(form), horizon },
    // A simulator has one future: what is not offered for it is not asked of it either.
    propagation:
      dynamics === 'model'
        ? propagation
        : PropagationOptions.parse({ limitPenalty: propagation.limitPenalty }),
    adapt: adaptAsked(adapt, { sees, policy: needsPolicy(form) }),
    // The window's switch is the connected rig's, for every start.
    ...{ episodes, seed, unattended, deadMan: false },
    ...(task === undefined ? {} : { task }),
  };
}

/** Changes an option of the chosen planner; those of the others stay as they were entered. */
export function changePlanner(key: string, value: unknown): void {
  useRunForm.setState(({ planners, method, ownHorizon }) => ({
    ownHorizon: ownHorizon || key === 'horizon',
    planners: { ...planners, [method]: { ...planners[method], [key]: value } },
  }));
}

/** Whether the rig has a simulator of its own that plans can be made on. */
export function hasSimulator(rig: RigFile): boolean {
  return rig.driver === 'mujoco' || simulationOf(rig) !== undefined;
}
