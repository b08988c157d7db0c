import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { version } from '../../src/main/installation/version';
import { openLog } from '../../src/main/log';
import type { Log } from '../../src/main/log/types';
import type { Random } from '../../src/shared/random';

interface SentRow {
  step: number;
  /** Unix time at which the rig's process had sent it, ms. */
  at: number;
  observation: number[];
  /** Empty in the last row of an episode: nothing is executed from it. */
  action: number[];
}

/** What a core said before it died. */
interface Said {
  rows: Map<number, SentRow[]>;
  /** Steps of the episodes that it was told are kept. */
  kept: Map<number, number>;
  failures: string[];
  killedAt: number;
}

export interface RecordingKill {
  /** What was wrong with what it left, a sentence each. */
  problems: string[];
  rows: number;
  /** Rows that were sent and are not in the log. */
  lost: number;
  /** How long before the kill the oldest of them was sent, ms. */
  lossMs: number;
  interrupted: number;
}

/** The longest that an episode in hand is watched before the kill, ms after its core's first row. */
const MOST_MS = 1500;

/** Records with a core, kills it at a random moment, and compares what is in the log with what the rig sent, row by row. */
export async function killRecording(folder: string, random: Random): Promise<RecordingKill> {
  const said = await recordAndKill(folder, random.integer(2 ** 31), random.uniform() * MOST_MS);
  const result: RecordingKill = { problems: said.failures, rows: 0, lost: 0, lossMs: 0, interrupted: 0 };
  const log = await openLog(folder);
  try {
    for (const [id, sent] of said.rows) await compare(log, id, sent, said, result);
    const { damage, database } = await log.check();
    result.problems.push(...database, ...damage.map((one) => JSON.stringify(one)));
    for (const { id, state } of await log.episodes()) {
      if (state === 'recording') result.problems.push(`episode ${id} is still being recorded`);
    }
  } finally {
    await log.close();
  }
  return result;
}

async function compare(
  log: Log,
  id: number,
  sent: readonly SentRow[],
  said: Said,
  result: RecordingKill,
): Promise<void> {
  const { rows, observations, actions } = await log.columns(id);
  const summary = await log.episode(id);
  const wrong = (what: string) => result.problems.push(`episode ${id}: ${what}`);
  result.rows += rows;
  if (summary.state === 'interrupted') result.interrupted += 1;
  if (rows > sent.length) wrong(`${rows} rows of ${sent.length} that were sent`);
  if (summary.steps !== Math.max(0, rows - 1)) wrong(`it counts ${summary.steps} steps and has ${rows} rows`);
  if ((await log.origin(id)).software !== version) wrong('it does not say which version recorded it');
  const kept = said.kept.get(id);
  if (kept !== undefined && (summary.state !== 'complete' || summary.steps !== kept)) {
    wrong(`it was said to be kept with ${kept} steps, and is ${summary.state} with ${summary.steps}`);
  }
  for (const [i, { step, at, observation, action }] of sent.entries()) {
    if (step !== i) wrong(`row ${step} was sent as row ${i}`);
    if (i >= rows) {
      result.lost += 1;
      result.lossMs = Math.max(result.lossMs, said.killedAt - at);
    } else if (!same(observations, i, observation) || !same(actions, i, action)) {
      wrong(`row ${i} is not what the rig sent`);
    }
  }
}

const same = (matrix: Float64Array, row: number, values: readonly number[]): boolean =>
  values.every((value, i) => matrix[row * values.length + i] === value);

async function recordAndKill(folder: string, seed: number, afterMs: number): Promise<Said> {
  const script = fileURLToPath(new URL('recording-child.ts', import.meta.url));
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), script, folder, String(seed)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (child.stdout === null) throw new Error('no pipe');
  const said: Said = { rows: new Map(), kept: new Map(), failures: [], killedAt: 0 };
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const [kind, id, number, at, ...rest] = line.split(' ');
    if (kind === 'failure') said.failures.push(line);
    if (kind === 'kept') said.kept.set(Number(id), Number(number));
    if (kind !== 'row') return;
    if (said.rows.size === 0) {
      setTimeout(() => {
        said.killedAt = performance.timeOrigin + performance.now();
        child.kill('SIGKILL');
      }, afterMs);
    }
    const row = { step: Number(number), at: Number(at), ...JSON.parse(rest.join(' ')) } as SentRow;
    said.rows.set(Number(id), [...(said.rows.get(Number(id)) ?? []), row]);
  });
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(lines, 'close')]);
  if (signal !== 'SIGKILL') said.failures.push(`it ended by itself, with code ${code}`);
  return said;
}
