import type { PilotName } from '../../shared/plan';
import type { ActionView, PlanView } from '../../shared/telemetry';
import type { PlanResult } from '../plan/types';

/**
 * A plan with its futures for the screen; null of one that has none to draw, because nobody imagined any, or because the model
 * diverges: that it is bad shows in the return.
 */
export function planView(
  result: PlanResult,
  {
    pilot,
    episode,
    periodSeconds,
    observations,
  }: { pilot: PilotName; episode: number; periodSeconds: number; observations: number },
): PlanView | null {
  const { mean, std, expectedReturn } = result;
  if (mean.length === 0 || !Number.isFinite(expectedReturn)) return null;
  if (!mean.every(Number.isFinite) || !std.every(Number.isFinite)) return null;
  const rows = (flat: Float32Array) => toRows(flat, observations);
  return {
    ...{ pilot, episode, step: result.firstStep, planMs: result.planMs, periodMs: periodSeconds * 1000 },
    expectedReturn,
    ...{ mean: rows(mean), std: rows(std), actions: result.actions, insight: result.insight },
    ahead: result.firstStep - result.observedStep,
    candidates: result.candidates
      .filter((c) => Number.isFinite(c.return) && c.trajectory.every(Number.isFinite))
      .map((c) => ({ return: c.return, trajectory: rows(c.trajectory) })),
  };
}

/**
 * What is done where there are no futures to draw: no model says what comes of it, or it says so in latent numbers. Null of actions that
 * are none.
 */
export function actionView(
  { firstStep, observedStep, planMs, actions, latent, insight }: PlanResult,
  { periodSeconds, ...about }: { pilot: PilotName; episode: number; drives: boolean; periodSeconds: number },
): ActionView | null {
  if (!actions.flat().every(Number.isFinite)) return null;
  const { expectedReturn, returnStd, disagreement, knownSteps } = insight;
  const told = {
    ...{ expectedReturn: finite(expectedReturn), returnStd: finite(returnStd) },
    disagreement: finite(disagreement),
  };
  return {
    ...{ ...about, step: firstStep, planMs, periodMs: periodSeconds * 1000, ahead: firstStep - observedStep },
    ...{ actions, insight: latent ? { ...insight, ...told } : null },
    known: knownSteps === null ? null : knownSteps > 0,
  };
}

/** Null of what diverged. */
const finite = (value: number | null): number | null => (Number.isFinite(value) ? value : null);

/** [rows, columns] row-major to an array of rows, rounded to float32's own precision for the wire. */
function toRows(flat: Float32Array, columns: number): number[][] {
  const rows: number[][] = [];
  for (let i = 0; i < flat.length; i += columns) {
    const row: number[] = [];
    for (let j = i; j < i + columns; j++) row.push(Number((flat[j] ?? Number.NaN).toPrecision(6)));
    rows.push(row);
  }
  return rows;
}
