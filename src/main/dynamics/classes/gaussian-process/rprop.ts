import type { Slope } from './marginal-likelihood';

const [GROW, SHRINK] = [1.2, 0.5];
const [SMALLEST, LARGEST] = [1e-6, 1];

/**
 * iRprop⁺ (Igel & Hüsken 2003) within bounds, which Blum & Riedmiller 2013 find to be as good as anything for the
 * hyper-parameters of Gaussian processes, without a line search: every component moves by a step of its own that
 * grows while the sign of its slope stays and shrinks when it turns; a step that made things worse is taken back
 * where the sign turned.
 */
export class Rprop {
  /** What to evaluate next. */
  theta: Float64Array;
  best: { theta: Float64Array; value: number };
  private readonly steps: Float64Array;
  private readonly moved: Float64Array;
  private slopes: Float64Array;
  private value = Number.POSITIVE_INFINITY;

  constructor(
    start: Float64Array,
    private readonly bounds: { low: Float64Array; high: Float64Array },
    firstStep = 0.1,
  ) {
    this.theta = start.slice();
    this.best = { theta: start.slice(), value: Number.POSITIVE_INFINITY };
    this.steps = new Float64Array(start.length).fill(firstStep);
    this.moved = new Float64Array(start.length);
    this.slopes = new Float64Array(start.length);
  }

  /** Largest step that the next move can make; a search whose steps are all tiny is over. */
  get reach(): number {
    return Math.max(...this.steps);
  }

  /** Moves on with the loss and gradient at `theta`. */
  update({ value, gradient }: Slope): void {
    if (!Number.isFinite(value)) {
      this.retreat();
      return;
    }
    const worse = value > this.value;
    if (value < this.best.value) this.best = { theta: this.theta.slice(), value };
    const next = this.theta.slice();
    const slopes = gradient.slice();
    for (let i = 0; i < next.length; i++) {
      const agreement = slopes[i] * this.slopes[i];
      let move = 0;
      if (agreement < 0) {
        this.steps[i] = Math.max(this.steps[i] * SHRINK, SMALLEST);
        if (worse) move = -this.moved[i];
        slopes[i] = 0;
      } else {
        if (agreement > 0) this.steps[i] = Math.min(this.steps[i] * GROW, LARGEST);
        move = -Math.sign(slopes[i]) * this.steps[i];
      }
      const [low, high] = [this.bounds.low[i], this.bounds.high[i]];
      const at = Math.min(high, Math.max(low, this.theta[i] + move));
      this.moved[i] = at - this.theta[i];
      next[i] = at;
    }
    this.theta = next;
    this.slopes = slopes;
    this.value = value;
  }

  /** Back half the way to the best so far, from where there is no value. */
  private retreat(): void {
    this.theta = this.theta.map((at, i) => 0.5 * (at + this.best.theta[i]));
    for (let i = 0; i < this.steps.length; i++) this.steps[i] = this.steps[i] * SHRINK;
    this.moved.fill(0);
    this.slopes.fill(0);
  }
}
