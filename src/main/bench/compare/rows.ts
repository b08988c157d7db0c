import { ForesightError } from '../../../shared/errors';
import { PlannerOptions } from '../../../shared/plan';
import type { StepCase } from '../latent/steps';

/** Networks of a row's ensemble; all of its members predict. */
export interface RowNetwork {
  members: number;
  hiddenLayers: number;
  hiddenUnits: number;
}

interface Common {
  /** What `--rows` calls it. */
  id: string;
  name: string;
  network: RowNetwork;
  /** Ours ÷ best of the others must not be above it. */
  bar: number;
  /** Threads that every library is tried with; its best counts. */
  threads: readonly number[];
}
export interface TrainingRow extends Common {
  kind: 'training';
  batch: number;
}
export interface RolloutsRow extends Common {
  kind: 'rollouts';
  candidates: number;
  horizon: number;
  /** Futures of a candidate, one through every member. */
  particles: number;
}
export interface PlanRow extends Common {
  kind: 'plan';
  planner: Extract<PlannerOptions, { method: 'mppi' | 'cem' }>;
  particles: number;
}
/** Updates of SAC, the actor's and critics' layers being alike. */
export interface SacRow extends Common {
  kind: 'sac';
  observations: number;
  actions: number;
  batch: number;
}
/** Rollouts of an actor of 2 × 256 through a cart-pole's model; with `updates`, so many of SAC behind them, as MBPO has them. */
export interface ImaginedRow extends Common {
  kind: 'imagined';
  rows: number;
  steps: number;
  updates: number;
}
/** Learning steps of what learns from pictures, all of a batch given. */
export interface LatentRow extends Omit<Common, 'network'> {
  kind: 'latent';
  step: StepCase;
}
export type PolicyRow = SacRow | ImaginedRow;
export type Row = TrainingRow | RolloutsRow | PlanRow | PolicyRow | LatentRow;

const LARGE: RowNetwork = { members: 5, hiddenLayers: 4, hiddenUnits: 200 };
const SMALL: RowNetwork = { members: 5, hiddenLayers: 2, hiddenUnits: 128 };

const training = (id: string, network: RowNetwork): TrainingRow => ({
  ...{ kind: 'training', id, name: `training step, ${netName(network)}`, network },
  ...{ bar: 0.85, threads: [2], batch: 256 },
});
const rollouts = (id: string, network: RowNetwork, bar: number): RolloutsRow => ({
  ...{ kind: 'rollouts', id, name: `rollouts, ${netName(network)}, 500 × 25`, network },
  ...{ bar, threads: [2], candidates: 500, horizon: 25, particles: network.members },
});
const mppi = (id: string, candidates: number): PlanRow => ({
  ...{ kind: 'plan', id, name: `plan, MPPI 2 × ${candidates} × 25, ${netName(SMALL)}` },
  ...{ network: SMALL, bar: 0.8, threads: [2, 1], particles: 1 },
  planner: PlannerOptions.parse({ method: 'mppi', candidates }) as PlanRow['planner'],
});
const PAPER: RowNetwork = { members: 7, hiddenLayers: 4, hiddenUnits: 200 };

function netName({ members, hiddenLayers, hiddenUnits }: RowNetwork): string {
  return `${members} × (${hiddenLayers} × ${hiddenUnits})`;
}

/** The table's rows, in its order. */
export const ROWS: readonly Row[] = [
  training('train-200', LARGE),
  training('train-128', SMALL),
  rollouts('rollouts-200', LARGE, 0.85),
  rollouts('rollouts-128', SMALL, 0.8),
  {
    ...{ kind: 'plan', id: 'paper', name: `plan, CEM 5 × 350 × 15, 20 particles, ${netName(PAPER)}` },
    ...{ network: PAPER, bar: 0.7, threads: [2], particles: 20 },
    planner: PlannerOptions.parse({
      ...{ method: 'cem', candidates: 350, iterations: 5, horizon: 15 },
    }) as PlanRow['planner'],
  },
  mppi('mppi-400', 400),
  mppi('mppi-150', 150),
];

const imagined = (
  id: string,
  name: string,
  sizes: Pick<ImaginedRow, 'rows' | 'steps' | 'updates'>,
): ImaginedRow => ({
  ...{ kind: 'imagined', id, name, network: LARGE, bar: 0.67, threads: [2, 1] },
  ...sizes,
});
/** Rows of `bench policy`. */
export const POLICY_ROWS: readonly Row[] = [
  {
    ...{ kind: 'sac', id: 'sac', name: 'SAC update, 2 × 256, batch 256, 17 observations, 6 actions' },
    ...{ network: { members: 2, hiddenLayers: 2, hiddenUnits: 256 }, bar: 0.5, threads: [2, 1] },
    ...{ observations: 17, actions: 6, batch: 256 },
  },
  imagined('rollouts-400', `policy in the model, ${netName(LARGE)}, 400 × 5`, {
    rows: 400,
    steps: 5,
    updates: 0,
  }),
  imagined('rollouts-4000', `policy in the model, ${netName(LARGE)}, 4000 × 5`, {
    rows: 4000,
    steps: 5,
    updates: 0,
  }),
  imagined('mbpo', 'MBPO step: 400 × 5 in the model and 24 updates', { rows: 400, steps: 5, updates: 24 }),
];

/** Rows of `bench latent` beside PyTorch: at least twice as fast. */
export const latentRows = (steps: readonly StepCase[]): LatentRow[] =>
  steps.map((step) => ({
    ...{ kind: 'latent', id: step.id, name: step.name, bar: 0.5, threads: [2], step },
  }));

/**
 * @param ids of rows; all when left out
 * @throws ForesightError wrong-use for a row that there is not
 */
export function chosenRows(ids: readonly string[] | undefined, all = ROWS): Row[] {
  const unknown = ids?.find((id) => !all.some((row) => row.id === id));
  if (unknown !== undefined) {
    const known = all.map(({ id }) => id).join(', ');
    throw new ForesightError('wrong-use', `There is no row "${unknown}".`, `Choose among ${known}.`);
  }
  return all.filter(({ id }) => ids?.includes(id) ?? true);
}

/** A chain of products ((a·b)·b)·… with a [stack, rows, width] and b [stack, width, width]; no stack where it is 1. */
export interface Product {
  id: string;
  name: string;
  stack: number;
  rows: number;
  width: number;
  /** Products in one call, so that what goes in and out of it weighs little. */
  chain: number;
}

const product = (name: string, stack: number, rows: number, width: number, chain: number): Product => ({
  ...{ id: `product-${stack}-${rows}-${width}`, name, stack, rows, width, chain },
});

/** A square product, the ceiling of the machine, and the shapes that the rows are made of. */
export const PRODUCTS: readonly Product[] = [
  product('square', 1, 2048, 2048, 1),
  product('layer of training, 200 units', 5, 256, 200, 8),
  product('layer of training, 128 units', 5, 256, 128, 16),
  product('layer of rollouts, 200 units', 5, 500, 200, 8),
  product('layer of rollouts, 128 units', 5, 500, 128, 8),
  product('layer at paper size', 7, 1000, 200, 4),
  product('layer of MPPI, 400 candidates', 5, 80, 128, 32),
  product('layer of MPPI, 150 candidates', 5, 30, 128, 64),
];

export const gflopOfProduct = ({ stack, rows, width, chain }: Product): number =>
  (2 * stack * rows * width * width * chain) / 1e9;
