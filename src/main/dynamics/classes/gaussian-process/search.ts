import type { Breath } from '../../../../shared/linear-algebra/products';
import type { Random } from '../../../../shared/random';
import { sum } from '../../../../shared/statistics';
import { bounds, fromVector, type Hyperparameters, starts, startVector } from './hyperparameters';
import { type Kernel, pointsOf, scaled } from './kernels';
import { marginalLikelihood, type Regression, type Slope } from './marginal-likelihood';
import { choosePoints } from './posterior';
import { Rprop } from './rprop';
import { variationalBound } from './variational-bound';

/** Rows that starts are compared on, and steps of each. */
const RACE = { rows: 150, steps: 6 };
/** Rows of the long search: a step costs n³/2 multiplications, and hyper-parameters are few. */
const SEARCH_ROWS = 400;
/** Rows that the exact likelihood is followed on in the end. */
const EXACT_ROWS = 1500;
/** Rows that the variational bound is followed on in the end. */
const BOUND_ROWS = 5000;
/** A search whose steps in ln θ are all below this is over. */
const SETTLED = 1e-3;

interface SearchOptions {
  kernel: Kernel;
  /** Steps on at most SEARCH_ROWS rows; where there are more, a tenth as many follow on more of them. */
  iterations: number;
  exactUpTo: number;
  inducingPoints: number;
  random: Random;
}

/**
 * Hyper-parameters of every output by gradient of the marginal likelihood, in lockstep: first on a random choice of rows,
 * beginning from whatever start does best on a few, then on all of them, exactly or by the variational bound.
 * @param onStep after every step of all searches: −ln p / n, mean over outputs
 */
export async function searchHyperparameters(
  regressions: readonly Regression[],
  { kernel, iterations, exactUpTo, inducingPoints, random }: SearchOptions,
  onStep: (step: number, steps: number, loss: number) => Promise<void>,
  breath: Breath,
): Promise<{ found: Hyperparameters[]; losses: number[] }> {
  const rows = regressions[0]?.points.count ?? 0;
  const order = random.shuffle(Int32Array.from({ length: rows }, (_, row) => row));
  const some = (count: number) => regressions.map((one) => part(one, order.subarray(0, count)));
  const more = Math.min(rows, rows <= exactUpTo ? EXACT_ROWS : BOUND_ROWS);
  const last = more > SEARCH_ROWS ? Math.ceil(iterations / 10) : 0;
  const steps = iterations + last;
  const followOn = async (
    searches: Rprop[],
    [from, to]: [number, number],
    slope: (output: number, theta: Float64Array) => Promise<Slope>,
  ) => {
    for (let step = from; step < to; step++) {
      for (const [output, search] of searches.entries()) {
        if (search.reach >= SETTLED) search.update(await slope(output, search.theta));
      }
      await onStep(
        step + 1,
        steps,
        sum(searches.map(({ best }) => best.value)) / Math.max(1, searches.length),
      );
      if (searches.every(({ reach }) => reach < SETTLED)) return;
    }
  };

  const few = some(RACE.rows);
  const begun = [];
  for (const one of few) begun.push(await race(kernel, one, breath));
  const searched = some(SEARCH_ROWS);
  let searches = begun.map((theta) => new Rprop(theta, bounds(theta.length - 2)));
  await followOn(searches, [0, iterations], (output, theta) =>
    marginalLikelihood(kernel, searched[output] as Regression, theta, breath),
  );
  if (last > 0) {
    const all = some(more);
    searches = searches.map(({ best }) => new Rprop(best.theta, bounds(best.theta.length - 2), 0.05));
    const inducing =
      rows <= exactUpTo ? undefined : await inducingInputs(kernel, all, searches, inducingPoints, breath);
    await followOn(searches, [iterations, steps], (output, theta) => {
      const one = all[output] as Regression;
      const points = inducing?.[output];
      return points
        ? variationalBound(kernel, one, points, theta, breath)
        : marginalLikelihood(kernel, one, theta, breath);
    });
  }
  return {
    found: searches.map(({ best }) => fromVector(best.theta)),
    losses: searches.map(({ best }) => best.value),
  };
}

async function inducingInputs(
  kernel: Kernel,
  regressions: readonly Regression[],
  searches: readonly Rprop[],
  count: number,
  breath: Breath,
) {
  const inducing = [];
  for (const [output, { points }] of regressions.entries()) {
    const theta = (searches[output] as Rprop).best.theta;
    const near = scaled(points, fromVector(theta).lengthScales);
    const chosen = await choosePoints(kernel, near, { tolerance: 1e-6, count }, breath);
    inducing.push(pointsOf(points, chosen));
  }
  return inducing;
}

/** The start whose first steps lead furthest. */
async function race(kernel: Kernel, one: Regression, breath: Breath): Promise<Float64Array> {
  const { width } = one.points;
  let winner: Rprop | undefined;
  for (const start of starts(width)) {
    const runner = new Rprop(startVector(width, start), bounds(width), 0.3);
    for (let step = 0; step < RACE.steps; step++) {
      runner.update(await marginalLikelihood(kernel, one, runner.theta, breath));
    }
    if (winner === undefined || runner.best.value < winner.best.value) winner = runner;
  }
  return (winner as Rprop).best.theta;
}

/** These rows of a regression. */
function part({ points, targets }: Regression, rows: Int32Array): Regression {
  return {
    points: pointsOf(points, rows),
    targets: Float64Array.from(rows, (row) => targets[row]),
  };
}
