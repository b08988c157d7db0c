import { cholesky, solveCholesky } from '../../../shared/linear-algebra/cholesky';
import { block, product } from '../../../shared/linear-algebra/products';

export interface BoxMinimum {
  x: Float64Array;
  /** Coordinates that are not held by a bound. */
  free: number[];
  /** Cholesky factor, the lower triangle, of the free rows and columns of H; empty when all are held. */
  factor: Float64Array;
}

const STEPS = 50;
/** Share of the promised decrease that a step has to bring (Armijo), and what a step is shortened to otherwise. */
const [ARMIJO, SHORTER] = [0.1, 0.6];

/**
 * min ½ xᵀHx + gᵀx for low ≤ x ≤ high, by projected Newton steps (Tassa, Mansard & Todorov 2014, §III.B): coordinates at a
 * bound that the gradient pushes against are held, Newton's step is taken in the others, and clamped.
 * @returns undefined when H is not positive definite in the free coordinates
 */
export function boxQuadratic(
  h: Float64Array,
  g: Float64Array,
  low: Float64Array,
  high: Float64Array,
): BoxMinimum | undefined {
  const n = g.length;
  const clamp = (value: number, i: number) => Math.min(high[i], Math.max(low[i], value));
  const gradientAt = (x: Float64Array) => product(h, x, n, n, 1).map((y, i) => y + g[i]);
  const value = (x: Float64Array) => gradientAt(x).reduce((sum, y, i) => sum + 0.5 * (y + g[i]) * x[i], 0);
  let x = Float64Array.from({ length: n }, (_, i) => clamp(0, i));
  for (let step = 0; ; step++) {
    const gradient = gradientAt(x);
    const held = (i: number) =>
      (x[i] === low[i] && gradient[i] >= 0) || (x[i] === high[i] && gradient[i] <= 0);
    const free = Array.from({ length: n }, (_, i) => i).filter((i) => !held(i));
    if (free.length === 0) return { x, free, factor: new Float64Array() };
    const factor = block(h, n, free, free);
    if (!cholesky(factor, free.length)) return undefined;
    const wanted = solveCholesky(
      factor,
      Float64Array.from(free, (i) => -gradient[i]),
      free.length,
      1,
    );
    const slope = free.reduce((sum, i, j) => sum + gradient[i] * wanted[j], 0);
    const before = value(x);
    // As far as rounding goes there is nothing to be gained any more.
    if (step === STEPS || -slope <= 1e-14 * Math.max(1e-30, Math.abs(before))) return { x, free, factor };
    let next = x;
    for (let length = 1; length > 1e-12; length *= SHORTER) {
      next = Float64Array.from(x);
      free.forEach((i, j) => {
        next[i] = clamp(x[i] + length * wanted[j], i);
      });
      const promised = gradient.reduce((sum, y, i) => sum + y * (next[i] - x[i]), 0);
      if (value(next) - before <= ARMIJO * promised) break;
    }
    x = next;
  }
}
