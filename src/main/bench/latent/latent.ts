import { asForesightError, ForesightError } from '../../../shared/errors';
import type { EngineName } from '../../../shared/model-options';
import { median } from '../../../shared/statistics';
import { measureMatmul, openEngine } from '../../tensor';
import { compareLibraries } from '../compare/compare';
import { timed } from '../compare/contender';
import { pythonWith } from '../compare/python';
import type { CompareReport } from '../compare/report';
import { latentRows } from '../compare/rows';
import { BLOCKS, type Block, openBlock, PICTURES } from './blocks';
import { STEPS, type StepCase, stepGflop, timeSteps } from './steps';

export interface BenchLatentOptions {
  engine: EngineName;
  /** Of blocks and steps; all when left out. */
  rows?: readonly string[] | undefined;
  /** Rounds, each of the matrix product and then of the row. */
  rounds: number;
  /** Pictures in each of two threads of a block. */
  pictures?: number;
  blocks?: readonly Block[];
  steps?: readonly StepCase[];
  onProgress?(done: number, total: number, what: string): void;
}

/** What every block must reach of the matrix rate. */
export const BLOCK_BAR = 0.25;

/** A block or a step. */
export interface LatentRate {
  id: string;
  name: string;
  /** 10⁹ operations of the layers. */
  gflop: number;
  /** Of a call, over the rounds; of each round the median. */
  medianMs: number;
  minMs: number;
  maxMs: number;
  gflops: number;
  /** Matrix product in the same rounds, 10⁹ operations a second. */
  matmulGflops: number;
  /** gflops / matmulGflops. */
  share: number;
  /** 10⁹ operations that matrix products do in the median's time: what it takes whatever the computer. */
  gflopEquivalents: number;
  /** Least share of a block, or most equivalents of a step; null where there is none. */
  bar: number | null;
  met: boolean | null;
}

export interface LatentReport {
  engine: string;
  rounds: number;
  /** Median over all rows and rounds. */
  matmulGflops: number;
  blocks: LatentRate[];
  steps: LatentRate[];
}

const THREADS = 2;
const TURN = { ms: 200, least: 3 };
/** Learning steps in a round. */
const STEPS_A_ROUND = 6;

/**
 * Encoders, decoders and whole learning steps of models that learn from pictures, as shares of this computer's rate of matrix products.
 * The load of a computer changes from second to second, so that the matrix product is measured again before each round of each row, and
 * a row's share is of its own.
 * @throws ForesightError engine; wrong-use for a row that there is not
 */
export async function benchLatent(options: BenchLatentOptions): Promise<LatentReport> {
  const { rounds, onProgress, pictures = PICTURES } = options;
  const chosen = chosenOf(options);
  const engine = await openEngine(options.engine);
  const total = chosen.blocks.length + chosen.steps.length;
  const rates: number[] = [];
  let done = 0;
  const measured = async (
    { id, name }: { id: string; name: string },
    time: (matmul: () => Promise<void>) => Promise<{ gflop: number; ms: number[] }>,
    bar: { share: number } | { equivalents: number | null },
  ): Promise<LatentRate> => {
    onProgress?.(done++, total, name);
    const own: number[] = [];
    const { gflop, ms } = await time(async () => {
      own.push((await measureMatmul({ threads: THREADS })).gflops);
    });
    rates.push(...own);
    return rowOf({ id, name }, { gflop, ms, matmulGflops: median(own) }, bar);
  };

  const blocks: LatentRate[] = [];
  for (const block of chosen.blocks) {
    const time = async (matmul: () => Promise<void>) => {
      const { gflop, call, dispose } = await openBlock(engine, block, pictures);
      const ms: number[] = [];
      try {
        for (let round = 0; round < rounds; round++) {
          await matmul();
          ms.push(median(await timed(async () => call(), TURN)));
        }
      } finally {
        await dispose();
      }
      return { gflop, ms };
    };
    blocks.push(await measured(block, time, { share: BLOCK_BAR }));
  }
  const steps: LatentRate[] = [];
  for (const step of chosen.steps) {
    const time = async (matmul: () => Promise<void>) => ({
      gflop: stepGflop(step),
      ms: await timeSteps(engine, step, { rounds, steps: STEPS_A_ROUND }, matmul),
    });
    steps.push(await measured(step, time, { equivalents: step.barGflop }));
  }
  return { engine: engine.name, rounds, matmulGflops: median(rates), blocks, steps };
}

function rowOf(
  { id, name }: { id: string; name: string },
  { gflop, ms, matmulGflops }: { gflop: number; ms: number[]; matmulGflops: number },
  bar: { share: number } | { equivalents: number | null },
): LatentRate {
  const medianMs = median(ms);
  const gflops = gflop / (medianMs / 1000);
  const share = gflops / matmulGflops;
  const gflopEquivalents = (medianMs / 1000) * matmulGflops;
  const barred =
    'share' in bar
      ? { bar: bar.share, met: share >= bar.share }
      : { bar: bar.equivalents, met: bar.equivalents === null ? null : gflopEquivalents <= bar.equivalents };
  return {
    ...{ id, name, gflop, medianMs, minMs: Math.min(...ms), maxMs: Math.max(...ms) },
    ...{ gflops, matmulGflops, share, gflopEquivalents },
    ...barred,
  };
}

function chosenOf({ rows, blocks = BLOCKS, steps = STEPS }: BenchLatentOptions) {
  const known = [...blocks, ...steps].map(({ id }) => id);
  const unknown = rows?.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    throw new ForesightError(
      'wrong-use',
      `There is no row "${unknown}".`,
      `Choose among ${known.join(', ')}.`,
    );
  }
  const isChosen = ({ id }: { id: string }) => rows?.includes(id) ?? true;
  return { blocks: blocks.filter(isChosen), steps: steps.filter(isChosen) };
}

/** Whole steps beside PyTorch's, or why there is nothing beside them. */
export interface StepsBeside {
  beside: CompareReport | null;
  /** A sentence; empty where there is something. */
  missing: string;
}

/**
 * The same learning steps in PyTorch, eager and compiled, on the same squares or convolutions, from the same weights on the same batch, where
 * there is a Python that has it: none is fetched.
 * @param options `python` when left out is the one that is called python3, as far as it has torch
 * @throws ForesightError engine for unequal work; wrong-use for a row that there is not and a named Python that is none; cancelled
 */
export async function stepsBesidePyTorch(
  options: Omit<BenchLatentOptions, 'pictures'> & {
    python?: string | undefined;
    stop?: AbortSignal;
  },
): Promise<StepsBeside> {
  const { engine, rounds, onProgress, stop } = options;
  const rows = latentRows(chosenOf(options).steps);
  if (rows.length === 0) return { beside: null, missing: 'no whole step was asked for.' };
  const python = options.python ?? (await pythonWith('torch'));
  if (python === null) {
    return { beside: null, missing: 'python3 has no torch here. Give a Python that has it with --python.' };
  }
  const compared = compareLibraries({
    ...{ engine, rounds, rows, python, products: false, others: ['pytorch', 'pytorch-compiled'] },
    ...(onProgress && { onProgress }),
    ...(stop && { stop }),
  });
  return compared.then(
    (beside) => ({ beside, missing: '' }),
    (thrown: unknown) => {
      const { code, message } = asForesightError(thrown);
      if (code !== 'unavailable') throw thrown;
      return { beside: null, missing: message };
    },
  );
}
