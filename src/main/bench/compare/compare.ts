import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { asForesightError, ForesightError } from '../../../shared/errors';
import type { EngineName } from '../../../shared/model-options';
import { median } from '../../../shared/statistics';
import { encodeSafetensors } from '../../dynamics/safetensors';
import { version } from '../../installation/version';
import { openEngine } from '../../tensor';
import {
  type Library,
  type OpenRow,
  OTHERS,
  type Other,
  type Problem,
  type Results,
  type Turn,
} from './contender';
import { requireEqual } from './equality';
import { ourProduct, ourRow, productProblem } from './our-rows';
import type { Program } from './program';
import { openEnvironment, startProgram } from './python';
import {
  bestRate,
  type CompareReport,
  type Missing,
  type ProductReport,
  type RowReport,
  rowReport,
  type Sample,
} from './report';
import { gflopOfProduct, PRODUCTS, type Product, ROWS, type Row } from './rows';

export interface CompareOptions {
  engine: EngineName;
  /** A Python with torch and jax; one is made when left out. */
  python?: string | undefined;
  rows?: readonly Row[];
  rounds?: number;
  /** Matrix products too, of whose best rate the rows' are shares. */
  products?: boolean;
  /** All of them when left out. */
  others?: readonly Other[];
  /** Ends everything that was started. */
  stop?: AbortSignal;
  onProgress?(done: number, total: number, what: string): void;
}

/** A turn of a row, of a matrix product, and of what needs seconds for a call. */
const ROW_TURN: Turn = { ms: 600, least: 3 };
const PRODUCT_TURN: Turn = { ms: 200, least: 5 };
/** Idle threads of OpenMP turn round for a while before they sleep; the next library shall have the processor. */
const SETTLING_MS = 100;
/** So many threads of a matrix product. */
const PRODUCT_THREADS = 2;

/** JAX is often as fast with one thread or faster, whatever the row; the others are tried with what the row says. */
const threadsOf = (library: Library, row: { threads: readonly number[] }): readonly number[] =>
  library === 'jax' ? [2, 1] : row.threads;

/** One library with one number of threads, in a program of its own. */
interface Contender {
  library: Other;
  threads: number;
  program: Program;
}

/**
 * Foresight beside PyTorch (eager, and compiled by inductor) and JAX (jitted) on the same work. Every library has a process of
 * its own for every number of threads; it stays warm and computes when it is told to, so that one computes at a time. They take
 * turns, round by round; a library's time for a row is the median over the rounds of the median of its turn, with the number
 * of threads that suits it best.
 *
 * Equal in all of them: sizes, weights, float32, the normaliser (a mean and deviation of its own for every channel), SiLU;
 * - training: five members side by side, each with its bootstrap sample in a new order every pass, the Gaussian negative log-likelihood with
 *   learned bounded variance and its penalty, Adam with L2 decay of the kernels, a pass of 64 steps (Foresight: two). JAX scans the
 *   whole pass in one call, Foresight unrolls eight steps a call, PyTorch calls step by step, with its fused Adam.
 * - rollouts: 500 candidates × 25 steps through each of five members, the cart-pole's reward and termination, the returns
 *   as numbers outside the library; the same candidates in every call.
 * - plans: from the observation carried one step on (mean of the members) through drawing, all iterations (a member drawn anew for
 *   every row and step, by permutations), warm start from the plan before, to the plan's futures: through every member,
 *   30 candidates (35 at paper size, to fill the members' rows) to be drawn, four with noise a member; their mean, deviation, returns and the
 *   share of disagreement in these. Noise and permutations are drawn by the library, from its own generator (JAX's permutations by NumPy, because its own take
 *   twenty times as long and would be most of what it loses).
 *
 * Not equal: Foresight trains members in two threads side by side, through the code that a training of the product
 * runs, with messages between threads; the others have all members in one product. Foresight draws in double precision and repeatably
 * whatever the machine, and counts equal scores in among CEM's elites. Of a plan Foresight also stops drawn trajectories at their
 * episode's end and makes what a run records.
 *
 * Policies (bench policy): of SAC the actor's and the critics' gradients of the same weights, one Adam step of all, batches from a replay
 * and fresh noise in every update; in the model, rows dealt to members anew for every step, what was imagined as numbers outside.
 *
 * Pictures (bench latent): of both classes the gradients of one batch, their norm cut, one Adam step of all; the batch lies there, so that
 * drawing windows is in neither. Foresight computes its halves in two threads, PyTorch all of it at once.
 *
 * Compared before a row is timed: losses of three training calls, returns of given candidates, the planner's next mean for given scores, a given
 * plan's futures, the parts of the loss of two learning steps. Permutations and noise differ, so that is what there is to compare of plans.
 * @throws ForesightError engine when a library computes something else; unavailable when there is nothing to compare with;
 *   cancelled
 */
export async function compareLibraries(options: CompareOptions): Promise<CompareReport> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-compare-'));
  const comparison = new Comparison(options, folder);
  const onStop = () => comparison.end();
  options.stop?.addEventListener('abort', onStop);
  try {
    return await comparison.run(options.rows ?? ROWS);
  } catch (thrown) {
    if (options.stop?.aborted) throw stoppedError(options.stop);
    throw thrown;
  } finally {
    options.stop?.removeEventListener('abort', onStop);
    comparison.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const Hello = z.object({ version: z.string() });
const Opened = z.object({ results: z.record(z.string(), z.array(z.number().nullable())) });
const Gone = z.object({ ms: z.array(z.number()).nonempty() });

class Comparison {
  readonly #contenders: Contender[] = [];
  readonly #missing: Missing[] = [];
  readonly #versions: Partial<Record<Library, string>> = { foresight: version };
  readonly #rounds: number;
  #done = 0;
  #total = 1;

  constructor(
    private readonly options: CompareOptions,
    private readonly folder: string,
  ) {
    this.#rounds = options.rounds ?? 5;
  }

  async run(rows: readonly Row[]): Promise<CompareReport> {
    const { products: withProducts = true } = this.options;
    // In the place of one that this machine does not have comes another.
    const { name: engine } = await openEngine(this.options.engine);
    const products = withProducts ? PRODUCTS : [];
    this.#total = (1 + this.#rounds) * (rows.length + products.length);
    await this.#start([...rows, ...(withProducts ? [{ threads: [PRODUCT_THREADS] }] : [])]);
    const rates: ProductReport[] = [];
    for (const product of products) rates.push(await this.#product(product));
    const bestGflops = bestRate(rates);
    const reports: RowReport[] = [];
    for (const row of rows) reports.push(await this.#row(row, bestGflops));
    this.#progress('');
    return {
      ...{ engine, machine: cpus()[0]?.model ?? '', rounds: this.#rounds, versions: this.#versions },
      ...{ bestGflops, products: rates, rows: reports, missing: this.#missing },
    };
  }

  /** Also in the middle of a question, which then fails. */
  end(): void {
    for (const { program } of this.#contenders.splice(0)) program.end();
  }

  #progress(what: string): void {
    this.options.onProgress?.(this.#done, this.#total, what);
  }

  /** Nothing goes on after what was started has been ended. */
  #goOn(): void {
    const { stop } = this.options;
    if (stop?.aborted) throw stoppedError(stop);
  }

  async #start(rows: readonly { threads: readonly number[] }[]): Promise<void> {
    const { python, stop } = this.options;
    const others = this.options.others ?? OTHERS;
    const environment = await openEnvironment(python, {
      others,
      ...{ folder: this.folder, onPhase: (phase: string) => this.#progress(phase) },
      ...(stop && { stop }),
    });
    for (const library of others) {
      this.#progress(`starting ${library}`);
      try {
        for (const count of new Set(rows.flatMap((row) => threadsOf(library, row)))) {
          this.#goOn();
          const program = await startProgram(environment, library, count);
          this.#contenders.push({ library, threads: count, program });
          this.#versions[library] = (await program.ask(Hello, { do: 'hello' })).version;
        }
      } catch (thrown) {
        this.#goOn();
        this.#drop(library, asForesightError(thrown).message);
      }
    }
    if (this.#contenders.length > 0) return;
    const reasons = [...new Set(this.#missing.map(({ reason }) => reason))].join(' ');
    throw new ForesightError(
      'unavailable',
      `There is nothing to compare with: ${reasons}`,
      'Connect to the network, or give a Python that has torch and jax with --python.',
    );
  }

  #drop(library: Library, reason: string): void {
    this.#missing.push({ library, reason });
    for (const one of this.#contenders.filter((contender) => contender.library === library)) {
      one.program.end();
      this.#contenders.splice(this.#contenders.indexOf(one), 1);
    }
  }

  async #product(product: Product): Promise<ProductReport> {
    const problem = productProblem(product);
    const { samples } = await this.#compared({ ...product, threads: [PRODUCT_THREADS] }, PRODUCT_TURN, {
      problem,
      expected: {},
      open: (threads) => ourProduct(problem, this.options.engine, threads),
    });
    const gflop = gflopOfProduct(product);
    const rate = ({ library, rounds }: Sample) => [library, gflop / (median(rounds) / 1000)];
    return { id: product.id, name: product.name, gflops: Object.fromEntries(samples.map(rate)) };
  }

  async #row(row: Row, bestGflops: number | null): Promise<RowReport> {
    this.#progress(`${row.name}: Foresight compiles`);
    const ours = await ourRow(row, this.options.engine, this.folder);
    const { samples, missing } = await this.#compared(row, ROW_TURN, ours);
    const { id, name, bar } = row;
    return rowReport({ id, name, bar, gflop: ours.gflop }, samples, missing, bestGflops);
  }

  /** Opens a row everywhere, sees that all compute the same, and lets them take turns. */
  async #compared(
    row: { id: string; name: string; threads: readonly number[] },
    turn: Turn,
    ours: { problem: Problem; expected: Results; open(threads: number): Promise<OpenRow> },
  ): Promise<{ samples: Sample[]; missing: Missing[] }> {
    const file = join(this.folder, `${row.id}.safetensors`);
    const { spec, arrays } = ours.problem;
    await writeFile(file, encodeSafetensors({ metadata: { spec: JSON.stringify(spec) }, tensors: arrays }));
    const missing: Missing[] = [];
    const open: (OpenRow & { library: Library; threads: number; rounds: number[] })[] = [];
    const failed = (library: Library, thrown: unknown) => {
      this.#goOn();
      missing.push({ library, reason: asForesightError(thrown).message });
    };
    try {
      for (const threads of row.threads) {
        open.push({ library: 'foresight', threads, rounds: [], ...(await ours.open(threads)) });
      }
      for (const { library, threads, program } of this.#contenders) {
        if (!threadsOf(library, row).includes(threads)) continue;
        this.#goOn();
        this.#progress(`${row.name}: ${library} compiles`);
        const asked = { row: row.id, problem: file };
        const opened = await program.ask(Opened, { do: 'open', ...asked }).catch((thrown: unknown) => {
          failed(library, thrown);
        });
        if (!opened) continue;
        const results = Object.entries(opened.results).map(
          ([name, values]) => [name, values.map((value) => value ?? Number.NaN)] as const,
        );
        requireEqual(row.name, library, ours.expected, Object.fromEntries(results));
        open.push({
          ...{ library, threads, rounds: [] },
          go: async (turn) => (await program.ask(Gone, { do: 'go', row: row.id, ...turn })).ms,
          close: async () => void (await program.ask(z.object({}), { do: 'close', row: row.id })),
        });
      }
      this.#done++;
      for (let round = 0; round < this.#rounds; round++) {
        this.#progress(row.name);
        for (const one of [...open]) {
          this.#goOn();
          await pause(SETTLING_MS);
          try {
            one.rounds.push(median(await one.go(turn)));
          } catch (thrown) {
            if (one.library === 'foresight') throw thrown;
            failed(one.library, thrown);
            open.splice(open.indexOf(one), 1);
          }
        }
        this.#done++;
      }
    } finally {
      await Promise.allSettled(open.map((one) => one.close()));
      await rm(file, { force: true });
    }
    return { samples: open, missing };
  }
}

const stoppedError = (stop: AbortSignal): ForesightError =>
  new ForesightError(
    'cancelled',
    `The comparison was ended by ${stop.reason}; every program that it had started is ended, too.`,
    'Start it again.',
  );
