import { create } from 'zustand';
import type { RunInput } from '../../shared/contract';
import {
  AdaptOptions,
  DEFAULT_PLANNER,
  PLANNER_OPTIONS,
  type PlannerName,
  PlannerOptions,
  PropagationOptions,
} from '../../shared/plan';
import type { RigFile } from '../../shared/rig';
import type { TaskFile } from '../../shared/task';

type PlannerForms = { [M in PlannerName]: Extract<PlannerOptions, { method: M }> };

/** What the Run room will start with. A form, not a truth: what runs is in the activity. */
export interface RunForm {
  /** Who predicts: a learned model, or the rig's own simulator. */
  dynamics: 'model' | 'simulator';
  method: PlannerName;
  /** Every planner keeps what was entered for it. */
  planners: PlannerForms;
  propagation: PropagationOptions;
  adapt: AdaptOptions;
  episodes: number;
  seed: number;
  /** Goes on without this window. Asked for anew at every start. */
  unattended: boolean;
  /** Null: the rig's own task. */
  task: TaskFile | null;
  /** Steps between a prediction and what it is laid over. */
  ahead: number;
  ghosts: boolean;
  candidates: boolean;
  tube: boolean;
}

export const useRunForm = create<RunForm>(() => ({
  dynamics: 'model',
  method: DEFAULT_PLANNER,
  planners: Object.fromEntries(
    PLANNER_OPTIONS.map(({ shape }) => [
      shape.method.value,
      PlannerOptions.parse({ method: shape.method.value }),
    ]),
  ) as PlannerForms,
  propagation: PropagationOptions.parse({}),
  adapt: AdaptOptions.parse({}),
  episodes: 1,
  seed: 0,
  unattended: false,
  task: null,
  ahead: 10,
  ghosts: true,
  candidates: true,
  tube: true,
}));

export function plannerOf({ planners, method }: RunForm): PlannerOptions {
  return planners[method];
}

/** What the core is asked for. `dynamics`: who predicts on this rig; a form filled for another may ask for more. */
export function runInput(form: RunForm, dynamics: RunForm['dynamics'], model: string | undefined): RunInput {
  const { propagation, adapt, episodes, seed, task, unattended } = form;
  return {
    model: dynamics === 'model' ? (model ?? '') : '',
    dynamics,
    planner: plannerOf(form),
    // A simulator has one future: what is not offered for it is not asked of it either.
    propagation:
      dynamics === 'model'
        ? propagation
        : PropagationOptions.parse({ limitPenalty: propagation.limitPenalty }),
    ...{ adapt, episodes, seed, unattended },
    ...(task === null ? {} : { task }),
  };
}

/** Changes an option of the chosen planner; those of the others stay as they were entered. */
export function changePlanner(key: string, value: unknown): void {
  useRunForm.setState(({ planners, method }) => ({
    planners: { ...planners, [method]: { ...planners[method], [key]: value } },
  }));
}

/** Whether the rig has a simulator of its own that plans can be made on. */
export function hasSimulator(rig: RigFile): boolean {
  return rig.driver === 'mujoco' || rig.serial?.simulation !== undefined;
}
