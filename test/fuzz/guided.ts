import { Session } from 'node:inspector';
import { Random } from '../../src/shared/random';
import { type FuzzReport, missedBehind, reportOf, spoilt } from './noise';
import type { FuzzTarget } from './targets';

export interface GuidedReport extends FuzzReport {
  /** Inputs that reached code that none before them had reached. */
  corpus: number;
  /** Characters of code that were reached, in the files that `watched` names. */
  reached: number;
}

/** Whose code counts as reached. */
export const PARSERS = /\/src\/(main\/rig|shared)\//;

/** Inputs between two looks at what was reached: a look takes as long as many of them. */
const A_LOOK = 64;
const LONGEST = 600;
const EDGES = [0, 1, 2, 3, 4, 7, 0x7f, 0x80, 0xfd, 0xfe, 0xff];

/**
 * A fuzzer that is guided by coverage (as in AFL and libFuzzer): inputs that reach code that none before them reached are
 * kept, and changed further. What is checked is what `fuzz` checks, no exception and the next good packet found; so is the report.
 * Coverage is V8's own, by blocks (`Profiler.takePreciseCoverage`); of a function that has run in this process before, V8 counts no blocks.
 * @param watched which files' code counts, by their address
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
  const ran = async (inputs: readonly Uint8Array[]) => {
    for (const input of inputs) missedBehind(target, target.open(), input, random, report);
    return coverage.take();
  };
  await coverage.begin();
  try {
    while (report.bytes < bytes) {
      const inputs = Array.from({ length: A_LOOK }, () => mutated(target, corpus, random));
      // Nothing is noted of many at once: what V8 does not tell of one alone stays new for those that come later.
      if (!coverage.isNew(await ran(inputs))) continue;
      for (const input of inputs) if (coverage.note(await ran([input])) > 0) corpus.push(input);
    }
  } finally {
    coverage.end();
  }
  return { ...report, corpus: corpus.length, reached: coverage.noted };
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

interface Reached {
  url: string;
  /** Of every character of code whether it ran; the rest of the file did not. */
  ran: Uint8Array;
}

interface Told {
  url: string;
  functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[];
}

/** What V8 counted of the code that ran, from one look to the next, and what of it was reached in all. */
class Coverage {
  noted = 0;
  readonly #session = new Session();
  readonly #seen = new Map<string, Uint8Array>();

  constructor(private readonly watched: RegExp) {}

  async begin(): Promise<void> {
    this.#session.connect();
    await this.#post('Profiler.enable');
    await this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    await this.take();
  }

  /**
   * What ran since the last look. V8 joins blocks that ran equally often, which differs from run to run, so its ranges (an outer one
   * before those in it) are laid over one another by character.
   */
  async take(): Promise<Reached[]> {
    const { result } = (await this.#post('Profiler.takePreciseCoverage')) as { result: Told[] };
    return result
      .filter(({ url }) => this.watched.test(url))
      .map(({ url, functions }) => {
        const ranges = functions.flatMap((told) => told.ranges);
        const ran = new Uint8Array(Math.max(0, ...ranges.map(({ endOffset }) => endOffset)));
        for (const { startOffset, endOffset, count } of ranges)
          ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
        return { url, ran };
      });
  }

  isNew(reached: readonly Reached[]): boolean {
    return reached.some(({ url, ran }) => {
      const seen = this.#seen.get(url);
      // A loop: this is done for every few inputs, over whole files.
      for (let at = 0; at < ran.length; at++) if (ran[at] === 1 && seen?.[at] !== 1) return true;
      return false;
    });
  }

  /** @returns how many characters of it had not been reached before */
  note(reached: readonly Reached[]): number {
    const before = this.noted;
    for (const { url, ran } of reached) {
      let seen = this.#seen.get(url) ?? new Uint8Array(0);
      if (seen.length < ran.length) {
        const longer = new Uint8Array(ran.length);
        longer.set(seen);
        seen = longer;
        this.#seen.set(url, seen);
      }
      ran.forEach((did, at) => {
        if (did === 0 || seen[at] === 1) return;
        seen[at] = 1;
        this.noted++;
      });
    }
    return this.noted - before;
  }

  end(): void {
    this.#session.disconnect();
  }

  #post(method: string, parameters?: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result)));
    });
  }
}
