import { PlanSession } from '../session/session';
import type { PlanSetup } from '../types';
import { budgetKnob, budgetTargetMs, measureBudget, withSize } from './measure';

/**
 * Compiles what a setup says; where it leaves the size to us (`budget: auto`), what fits into its share of the control
 * period on this computer as it is now. From there on the session adapts it while it plans.
 */
export async function openSession(setup: PlanSetup): Promise<PlanSession> {
  const targetMs = budgetTargetMs(setup);
  if (targetMs === null) return PlanSession.open(setup);
  const sized = (size: number) => withSize(setup.planner, size);
  const { size, planner: measured } = await measureBudget(
    // A session that adapts while it is measured would say nothing of its size.
    (size) => PlanSession.open({ ...setup, planner: { ...sized(size), budget: 'fixed' } }),
    targetMs,
    budgetKnob(setup.planner),
  );
  await measured.close();
  return PlanSession.open({ ...setup, planner: sized(size) });
}
