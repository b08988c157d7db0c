import { Session } from 'node:inspector';
import { Random } from '../../src/shared/random';
import { type FuzzReport, missedBehind, reportOf, spoilt } from './noise';
import type { FuzzTarget } from './targets';

export interface GuidedReport extends FuzzReport {
  /** Inputs that reached a block of code that none before them had reached. */
  corpus: number;
  /** Blocks of code that one input reached or passed by, of the files that `watched` names. */
  blocks: number;
}

/** Whose blocks of code count as reached. */
export const PARSERS = /\/src\/(main\/rig|shared)\//;

/** Inputs between two looks at what was reached: a look takes as long as many of them. */
const A_LOOK = 64;
const LONGEST = 600;
const EDGES = [0, 1, 2, 3, 4, 7, 0x7f, 0x80, 0xfd, 0xfe, 0xff];

/**
 * A fuzzer that is guided by coverage (as in AFL and libFuzzer): inputs that reach a block of code that none before them reached are
 * kept, and changed further. What is checked is what `fuzz` checks, no exception and the next good packet found; so is the report.
 * Coverage is V8's own, by blocks (`Profiler.takePreciseCoverage`); of a function that has run in this process before, V8 counts no blocks.
 * @param watched which files' blocks count, by their address
 */
export async function fuzzGuided(
  target: FuzzTarget,
  bytes: number,
  seed: number,
  watched: RegExp,
): Promise<GuidedReport> {
  const random = new Random(seed).fork(`guided ${target.name}`);
  const coverage = new Coverage(watched);
  const report = reportOf();
  const corpus: Uint8Array[] = [target.packet(random).bytes];
  // What V8 tells depends on how often blocks ran beside one another: looks at many inputs and at one are not compared.
  const [ofMany, ofOne] = [new Set<string>(), new Set<string>()];
  const isNew = async (inputs: readonly Uint8Array[], seen: Set<string>) => {
    for (const input of inputs) missedBehind(target, target.open(), input, random, report);
    const before = seen.size;
    for (const block of await coverage.take()) seen.add(block);
    return seen.size > before;
  };
  await coverage.begin();
  try {
    while (report.bytes < bytes) {
      const inputs = Array.from({ length: A_LOOK }, () => mutated(target, corpus, random));
      if (!(await isNew(inputs, ofMany))) continue;
      for (const input of inputs) if (await isNew([input], ofOne)) corpus.push(input);
    }
  } finally {
    coverage.end();
  }
  return { ...report, corpus: corpus.length, blocks: ofOne.size };
}

function mutated(target: FuzzTarget, corpus: readonly Uint8Array[], random: Random): Uint8Array {
  // Half of them from the newest, whose neighbourhood is the least known.
  const one = () =>
    (random.integer(2) === 0 ? corpus.at(-1) : corpus[random.integer(corpus.length)]) as Uint8Array;
  if (random.integer(8) === 0) return spoilt(target, random);
  let input = [...one()];
  for (let changes = 1 + random.integer(4); changes > 0; changes--) {
    const at = random.integer(input.length + 1);
    switch (random.integer(8)) {
      case 0:
        input[at] = (input[at] ?? 0) ^ (1 << random.integer(8));
        break;
      case 1:
        input[at] = EDGES[random.integer(EDGES.length)] ?? 0;
        break;
      case 2:
        input.splice(at, 0, ...Array.from({ length: 1 + random.integer(4) }, () => random.integer(256)));
        break;
      case 3:
        input.splice(at, 1 + random.integer(8));
        break;
      case 4:
        // A piece of it once more.
        input.splice(at, 0, ...input.slice(random.integer(input.length + 1)));
        break;
      case 5:
        input[at] = random.integer(256);
        break;
      case 6:
        input = [...input.slice(0, at), ...one().subarray(random.integer(8))];
        break;
      default:
        input.push(...target.packet(random).bytes);
    }
  }
  return Uint8Array.from(input.slice(0, LONGEST));
}

/** V8's count of the blocks that ran, from one look to the next. */
class Coverage {
  private readonly session = new Session();

  constructor(private readonly watched: RegExp) {}

  async begin(): Promise<void> {
    this.session.connect();
    await this.post('Profiler.enable');
    await this.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    await this.take();
  }

  /** Blocks that ran, and blocks that did not in functions that did: one that ran as often as what is around it is not told by itself. */
  async take(): Promise<Set<string>> {
    const { result } = (await this.post('Profiler.takePreciseCoverage')) as {
      result: {
        url: string;
        functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[];
      }[];
    };
    const reached = new Set<string>();
    for (const { url, functions } of result) {
      if (!this.watched.test(url)) continue;
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges)
          reached.add(`${url} ${startOffset} ${endOffset} ${count > 0}`);
    }
    return reached;
  }

  end(): void {
    this.session.disconnect();
  }

  private post(method: string, parameters?: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result)));
    });
  }
}
