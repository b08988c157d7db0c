import { ForesightError } from '../../shared/errors';
import type { EngineName } from '../../shared/model-options';
import { median } from '../../shared/statistics';
import { heardOf } from '../processes/heard';
import type { Host, SpawnedProcess } from '../processes/port';
import { type EngineStatus, listEngines } from '../tensor';
import { type FromBenchProcess, HEARD_OF_BENCH, type ToBenchProcess } from './bench-messages';
import type { EngineRound, StepRate } from './engines';

/** What other engines are compared with. */
const REFERENCE: EngineName = 'onnxruntime';

export interface EngineRow extends EngineStatus {
  /** Null where it is not available or failed while it was measured; `remarks` then says how. */
  rates: EngineRates | null;
  remarks: string[];
}
export interface EngineRates {
  matmulGflops: number;
  steps: (Omit<StepRate, 'remark' | 'missing'> & {
    /** Time of a step divided by that of "onnxruntime" in the same run: 10 is ten times slower. Null without it. */
    timesReference: number | null;
  })[];
}

export interface CompareOptions {
  /** Those to be timed; all that are available when left out. */
  names?: readonly EngineName[];
  /** Times that all engines take turns, so that all see the same machine. A slow engine has one turn. */
  rounds?: number;
  /** About how long each call is repeated in a round. */
  budgetMs?: number;
  /** @param done of `total` turns */
  onProgress?: (done: number, total: number, what: string) => void;
}

interface Turn {
  status: EngineStatus;
  process: BenchProcess;
  rounds: EngineRound[];
  failure: ForesightError | undefined;
}

/** Lists the engines and times those that are there, each in a process of its own. */
export async function compareEngines(
  host: Host,
  { names, rounds = 3, budgetMs = 500, onProgress = () => {} }: CompareOptions = {},
): Promise<EngineRow[]> {
  const statuses = await listEngines(host);
  const turns: Turn[] = statuses
    .filter(({ name, available }) => available && (names?.includes(name) ?? true))
    .map((status) => ({ status, process: new BenchProcess(host), rounds: [], failure: undefined }));
  const total = rounds * turns.length;
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [index, turn] of turns.entries()) {
        const { name } = turn.status;
        const done = round * turns.length + index;
        onProgress(done, total, name);
        if (turn.failure || turn.rounds.some(isSlow)) continue;
        await turn.process
          .measure(name, budgetMs, (phase) => onProgress(done, total, `${name}: ${phase}`))
          .then(
            (measured) => turn.rounds.push(measured),
            (error: ForesightError) => {
              turn.failure = error;
            },
          );
      }
    }
  } finally {
    for (const { process } of turns) process.end();
  }
  onProgress(total, total, '');
  return withRatios(
    statuses.map((status) => {
      const turn = turns.find((one) => one.status.name === status.name);
      return turn ? rowOf(turn) : { ...status, rates: null, remarks: [] };
    }),
  );
}

const isSlow = ({ steps }: EngineRound): boolean => steps.some(({ remark }) => remark !== '');

/** What the rounds of an engine say together. */
export function rowOf({ status, rounds, failure }: Omit<Turn, 'process'>): EngineRow {
  const [first] = rounds;
  if (failure || !first)
    return { ...status, rates: null, remarks: failure ? [failure.message, failure.next] : [] };
  const remarks = first.steps.flatMap(({ network, remark, missing }) => [
    ...(remark ? [`${network}: ${remark}`] : []),
    ...(missing ? [`${network}: computed by ${REFERENCE}, because it lacks the operator ${missing}`] : []),
  ]);
  const steps = first.steps.map(({ remark: _, missing: __, ...rate }, i) => {
    const same = rounds.flatMap((round) => round.steps[i] ?? []);
    const msPerStep = median(same.map((one) => one.msPerStep));
    return {
      ...rate,
      msPerStep,
      gflops: (rate.gflops * rate.msPerStep) / msPerStep,
      calls: same.reduce((sum, { calls }) => sum + calls, 0),
      timesReference: null,
    };
  });
  return {
    ...status,
    rates: { matmulGflops: median(rounds.map((round) => round.matmulGflops)), steps },
    remarks,
  };
}

function withRatios(rows: EngineRow[]): EngineRow[] {
  const reference = rows.find(({ name }) => name === REFERENCE)?.rates;
  if (!reference) return rows;
  return rows.map((row) => ({
    ...row,
    rates: row.rates && {
      ...row.rates,
      steps: row.rates.steps.map((step, i) => ({
        ...step,
        timesReference: step.msPerStep / (reference.steps[i]?.msPerStep ?? Number.NaN),
      })),
    },
  }));
}

/** A process that measures one engine, started when it is first asked. */
class BenchProcess {
  #child: SpawnedProcess | undefined;

  constructor(private readonly host: Host) {}

  async measure(
    engine: EngineName,
    budgetMs: number,
    onPhase: (phase: string) => void,
  ): Promise<EngineRound> {
    this.#child ??= await this.host.spawn('bench-process', { label: `The process that times "${engine}"` });
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const listeners = [
        child.onMessage((received) => {
          const message = heardOf<FromBenchProcess>(
            HEARD_OF_BENCH,
            received,
            'a process that times an engine',
          );
          if (!message) return;
          if (message.type === 'phase') return onPhase(message.phase);
          for (const listener of listeners) listener.dispose();
          if (message.type === 'measured') resolve(message.round);
          if (message.type === 'failed') reject(ForesightError.fromShape(message.error));
        }),
        child.onClose((reason) =>
          reject(new ForesightError('unavailable', reason, 'Use "onnxruntime", or update what it needs.')),
        ),
      ];
      child.post({ type: 'measure', engine, budgetMs } satisfies ToBenchProcess);
    });
  }

  end(): void {
    this.#child?.kill();
  }
}
