import { create } from 'zustand';
import type { PlannerOptions } from '../../shared/plan';
import { MppiOptions, PropagationOptions, RandomShootingOptions } from '../../shared/plan';
import type { TaskFile } from '../../shared/task';

export const MPPI_DEFAULTS = MppiOptions.parse({ method: 'mppi' });
export const SHOOTING_DEFAULTS = RandomShootingOptions.parse({ method: 'random-shooting' });
const PROPAGATION_DEFAULTS = PropagationOptions.parse({});

/** What the Run room will start with. A form, not a truth: what runs is in the activity. */
export interface RunForm {
  method: PlannerOptions['method'];
  mppi: MppiOptions;
  shooting: RandomShootingOptions;
  propagation: PropagationOptions;
  episodes: number;
  seed: number;
  /** Null: the rig's own task. */
  task: TaskFile | null;
  /** Steps between a prediction and what it is laid over. */
  ahead: number;
  ghosts: boolean;
  candidates: boolean;
  tube: boolean;
}

export const useRunForm = create<RunForm>(() => ({
  method: 'mppi',
  mppi: MPPI_DEFAULTS,
  shooting: SHOOTING_DEFAULTS,
  propagation: PROPAGATION_DEFAULTS,
  episodes: 1,
  seed: 0,
  task: null,
  ahead: 10,
  ghosts: true,
  candidates: true,
  tube: true,
}));

export function plannerOf(form: RunForm): PlannerOptions {
  return form.method === 'mppi' ? form.mppi : form.shooting;
}
