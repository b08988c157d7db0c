import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../src/shared/random';
import { markedProcesses } from '../processes/marked-processes';
import { isLeftAwake, type RecordedLine, saidAfterStop } from '../rig/recorded-line';
import { checkFiles, checkWorkspace } from './checks';
import type { KillCommand } from './commands';
import { startCommand } from './running';

/** Rig processes hold first, and a core closes its log; then nobody may be left. */
const GONE_MS = 15_000;
/** A command that was asked to end and is there after so long hangs. */
const ENDS_MS = 30_000;

export interface Kill {
  command: KillCommand;
  signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT';
  /** A terminal's Ctrl-C reaches the whole group, `kill` one process. */
  target: 'process' | 'group';
  /** After the start, ms. */
  afterMs: number;
}

export interface KillResult extends Kill {
  /** It had ended before. */
  late: boolean;
  problems: string[];
  /** What it said, for whoever looks into a problem. */
  said: string;
}

/** @param durationMs what the command takes when nobody kills it */
export function chooseKill(random: Random, command: KillCommand, durationMs: number): Kill {
  const signal = (['SIGKILL', 'SIGTERM', 'SIGINT'] as const)[random.integer(3)] ?? 'SIGKILL';
  const groups = { SIGKILL: 0.5, SIGTERM: 0.3, SIGINT: 0.7 };
  const target = random.uniform() < groups[signal] ? 'group' : 'process';
  return { command, signal, target, afterMs: random.uniform() * durationMs };
}

/** Runs a command in a folder of its own, kills it, and looks at everything that is left. */
export async function killOnce(
  kill: Kill,
  { template, folder, mark, line }: { template: string; folder: string; mark: string; line: RecordedLine },
): Promise<KillResult> {
  await cp(template, folder, { recursive: true });
  line.clear();
  const { child, over } = startCommand(kill.command, { folder, port: line.path }, mark);
  const ended = over.then(() => true);
  const late = await Promise.race([pause(kill.afterMs, false), ended]);
  const stoppedAt = line.heard.length;
  if (!late) send(child.pid as number, kill);
  const problems: string[] = [];
  const inTime = await Promise.race([pause(ENDS_MS, false), ended]);
  if (!inTime) problems.push(`it was there ${ENDS_MS / 1000} s after ${kill.signal}`);
  problems.push(...(await waitUntilGone(mark)));
  if (kill.command.line) problems.push(...wireProblems(kill, line, stoppedAt, late));
  problems.push(...(await checkFiles(folder)), ...(await checkWorkspace(join(folder, 'workspace'))));
  const { stderr, stdout } = await over;
  const result = { ...kill, late, problems, said: `${stdout}${stderr}` };
  if (problems.length === 0) await rm(folder, { recursive: true, force: true });
  return result;
}

function send(pid: number, { signal, target }: Kill): void {
  try {
    process.kill(target === 'group' ? -pid : pid, signal);
  } catch {
    // It has ended in this moment.
  }
}

/** Waits until nobody is left, and ends who is. */
async function waitUntilGone(mark: string): Promise<string[]> {
  const until = performance.now() + GONE_MS;
  let left = markedProcesses(mark);
  while (left.length > 0 && performance.now() < until) {
    await pause(100);
    left = markedProcesses(mark);
  }
  for (const one of left) process.kill(Number.parseInt(one, 10), 'SIGKILL');
  return left.map((one) => `left behind: ${one}`);
}

function wireProblems(
  { signal, target }: Kill,
  { heard }: RecordedLine,
  stoppedAt: number,
  late: boolean,
): string[] {
  // Nobody is left who could hold: the device stops by its own watchdog.
  if (!late && signal === 'SIGKILL' && target === 'group') return [];
  // Nobody hears a SIGKILL: the others learn of it from a connection that is gone. A rig that is being connected in that moment
  // is put on hold and woken by what is under way; that moves nothing, and in the end it is held.
  const harmless = signal === 'SIGKILL' ? ['resume'] : [];
  const said = late ? (isLeftAwake(heard) ? ['no hold'] : []) : saidAfterStop(heard, stoppedAt);
  const wrong = said.filter((kind) => !harmless.includes(kind));
  return wrong.length === 0
    ? []
    : [`said to the device after the stop: ${wrong.slice(0, 10).join(', ')} (${wrong.length})`];
}
