import type { Drawing, Vec3 } from '../drawing';
import { Random } from '../random';
import { pointMotion } from './forward';

export interface ReachRequest {
  /** The body that is to be brought somewhere, and the point of it, in its frame, m. */
  body: number;
  local: Vec3;
  /** In the world, m. */
  target: Vec3;
  /** [joints] where they are, rad or m. Where it begins, and where it stays as near to as it can. */
  from: ArrayLike<number>;
  /** [joints] what each may be; null for one that is not to move. */
  limits: readonly (readonly [number, number] | null)[];
  /**
   * From how many other poses it is tried again where it ends too far away: a descent can end at a limit or in a fold that another way
   * goes round. None for a hand that is dragged, which is not to jump.
   */
  restarts?: number;
}

export interface Reach {
  /** [joints], each within its limits. */
  values: Float64Array;
  /** How far the point is from the target then, m. */
  away: number;
}

/** Close enough, m. */
const ENOUGH = 1e-5;
const MOST_STEPS = 200;
/** Of the damping, m² or rad² alike: beginning, least and most. */
const [FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING] = [1e-3, 1e-9, 1e3];

/**
 * Inverse kinematics of a place by damped least squares: Δq = Jᵀ (J Jᵀ + λ I)⁻¹ (x* − x), which near a singularity, where J Jᵀ loses rank,
 * asks for no large steps (C. W. Wampler, IEEE Trans. SMC 16, 1986; Y. Nakamura, H. Hanafusa, J. Dyn. Sys. 108, 1986). λ falls after a step
 * that came nearer and grows after one that did not, which is taken back (Levenberg and Marquardt). A joint that a step would carry over its
 * limit stands at the limit, and the step is computed once more without it, so that the others do what it cannot.
 */
export function reach(model: Drawing, request: ReachRequest): Reach {
  let best = descend(model, request);
  const random = new Random(1);
  for (let i = 0; i < (request.restarts ?? 0) && best.away > ENOUGH; i++) {
    const from = request.limits.map((limit, j) =>
      limit ? random.uniformIn(limit[0], limit[1]) : (request.from[j] ?? 0),
    );
    const found = descend(model, { ...request, from });
    if (found.away < best.away) best = found;
  }
  return best;
}

function descend(model: Drawing, { body, local, target, from, limits }: ReachRequest): Reach {
  const count = model.joints.length;
  let values: Float64Array = Float64Array.from({ length: count }, (_, j) =>
    inside(from[j] ?? model.joints[j]?.reference ?? 0, limits[j]),
  );
  let damping = FIRST_DAMPING;
  let motion = pointMotion(model, body, local, values);
  let away = distance(motion.place, target);
  for (let step = 0; step < MOST_STEPS && away > ENOUGH && damping < MOST_DAMPING; step++) {
    const missing = target.map((at, i) => at - (motion.place[i] ?? 0));
    const next = stepped(values, motion.jacobian, missing, limits, damping);
    const there = pointMotion(model, body, local, next);
    const left = distance(there.place, target);
    if (left < away) {
      values = next;
      motion = there;
      away = left;
      damping = Math.max(LEAST_DAMPING, damping / 5);
    } else damping *= 8;
  }
  return { values, away };
}

/** One step within the limits. */
function stepped(
  values: Float64Array,
  jacobian: readonly Float64Array[],
  missing: readonly number[],
  limits: ReachRequest['limits'],
  damping: number,
): Float64Array {
  const free = limits.map((limit) => limit !== null && limit !== undefined);
  for (;;) {
    const weights = solveSymmetric(gram(jacobian, free, damping), missing);
    const next = Float64Array.from(values, (value, j) =>
      free[j] ? value + jacobian.reduce((sum, row, i) => sum + (row[j] ?? 0) * (weights[i] ?? 0), 0) : value,
    );
    const over = next.findIndex((value, j) => free[j] === true && inside(value, limits[j]) !== value);
    if (over < 0) return next.map((value, j) => inside(value, limits[j]));
    // Those that would leave their limits stand, at the limit they stand at or would reach.
    const stuck = next.map((value, j) => (free[j] ? Math.abs(inside(value, limits[j]) - value) : 0));
    const worst = stuck.indexOf(Math.max(...stuck));
    const bound = inside(next[worst] ?? 0, limits[worst]);
    if (bound === values[worst]) free[worst] = false;
    else return next.map((value, j) => inside(value, limits[j]));
  }
}

/** J Jᵀ + λ I of the free joints, [9]. */
function gram(jacobian: readonly Float64Array[], free: readonly boolean[], damping: number): number[] {
  return Array.from({ length: 9 }, (_, at) => {
    const [row, column] = [Math.floor(at / 3), at % 3];
    let sum = row === column ? damping : 0;
    free.forEach((moves, j) => {
      if (moves) sum += (jacobian[row]?.[j] ?? 0) * (jacobian[column]?.[j] ?? 0);
    });
    return sum;
  });
}

/** A x = b of a symmetric positive definite 3 × 3 matrix, by Cramer's rule. */
function solveSymmetric(m: readonly number[], b: readonly number[]): number[] {
  const [a = 0, d = 0, e = 0, , f = 0, g = 0, , , h = 0] = m;
  const [x = 0, y = 0, z = 0] = b;
  const [ca, cd, ce] = [f * h - g * g, e * g - d * h, d * g - e * f];
  const determinant = a * ca + d * cd + e * ce;
  if (!(Math.abs(determinant) > 0)) return [0, 0, 0];
  const [cf, cg, ch] = [a * h - e * e, d * e - a * g, a * f - d * d];
  return [
    (ca * x + cd * y + ce * z) / determinant,
    (cd * x + cf * y + cg * z) / determinant,
    (ce * x + cg * y + ch * z) / determinant,
  ];
}

const inside = (value: number, limit: readonly [number, number] | null | undefined): number =>
  limit ? Math.min(limit[1], Math.max(limit[0], value)) : value;

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)));
