import { useSyncExternalStore } from 'react';
import { onSlowTick, shownRing, useLive } from '../live/live';
import { useCurrentRig, useRig } from '../store/queries';
import { budgetOf, timesOf } from './budget';
import { type LatePlans, latePlans } from './late';
import { newestPlan } from './newest-plan';
import { plannerOf, useRunForm } from './run-form';

/** Rows that planning is judged by and drawn from. */
export const SHOWN = 300;

/** The newest rows of the newest plan's episode. */
export const planningRows = () => shownRing().planning(SHOWN, newestPlan()?.episode);

/** Whether late plans are the problem of the run that goes on or ended last; the same object until its words change. */
export function useLate(): LatePlans | null {
  const { name } = useCurrentRig();
  const most = useRig(name).data?.file.safety.missedPlansToHold;
  const planner = useRunForm(plannerOf);
  const training = useLive((s) => s.jobs.some((job) => job.state === 'running'));
  const judge = (): string => {
    const plan = newestPlan();
    if (!plan) return '';
    const rows = planningRows();
    const median = budgetOf(timesOf(rows), plan.periodMs)?.p50 ?? 0;
    const slow = { budget: planner.budget, minimumMs: planner.minimumMs, training };
    const late = latePlans({ rows, median, periodMs: plan.periodMs, most, slow });
    return late === null ? '' : JSON.stringify(late);
  };
  const said = useSyncExternalStore(onSlowTick, judge, judge);
  return said === '' ? null : (JSON.parse(said) as LatePlans);
}
