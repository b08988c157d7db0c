import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../src/shared/random';
import { openRecordedLine } from '../rig/recorded-line';
import { COMMANDS, type KillCommand } from './commands';
import { chooseKill, type Kill, type KillResult, killOnce } from './one-kill';
import { makeTemplate } from './template';

/**
 * Kills every command of the command line at random moments with random signals, and looks whether a process is left, the
 * workspace can be opened and its log is whole, every file is whole or absent, and nothing was said to a device after the stop.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const chosen = COMMANDS.filter(({ name }) => name.includes(values.only ?? ''));
const random = new Random(Number(values.seed));
const began = performance.now();
const folder = await mkdtemp(join(tmpdir(), 'foresight-kills-'));
const template = join(folder, 'template');
await makeTemplate(template);
const lines = await Promise.all(Array.from({ length: Number(values.jobs) }, () => openRecordedLine()));

/** Works through a list, as many side by side as there are lines. */
async function each<Item>(
  items: readonly Item[],
  work: (item: Item, surroundings: Parameters<typeof killOnce>[1]) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    lines.map(async (line) => {
      while (next < items.length) {
        const index = next++;
        const mark = `kills-${process.pid}-${Math.round(performance.now())}-${index}`;
        await work(items[index] as Item, { template, line, mark, folder: join(folder, mark) });
      }
    }),
  );
}

const failed: KillResult[] = [];
function tell(result: KillResult): void {
  const { command, signal, target, afterMs, problems, said } = result;
  const what = `${command.name}, ${signal} to the ${target} after ${(afterMs / 1000).toFixed(2)} s`;
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${what}${result.late ? ' (had ended)' : ''}`);
  if (problems.length === 0) return;
  failed.push(result);
  for (const problem of problems) console.log(`       ${problem}`);
  console.log(said.trimEnd().replace(/^/gm, '       | '));
}

/** What each takes when nobody kills it, beside as many others as there will be. */
const durations = new Map<KillCommand, number>();
await each(chosen, async (command, surroundings) => {
  const started = performance.now();
  const kill: Kill = { command, signal: 'SIGINT', target: 'group', afterMs: command.endlessMs ?? 120_000 };
  const result = await killOnce(kill, surroundings);
  durations.set(command, command.endlessMs ?? performance.now() - started);
  if (!result.late && command.endlessMs === undefined) result.problems.push('it does not end by itself');
  tell(result);
});

const kills: Kill[] = [];
while (kills.length < Number(values.count)) {
  const command = chosen[random.integer(chosen.length)] as KillCommand;
  if (random.uniform() > (command.weight ?? 1)) continue;
  kills.push(chooseKill(random, command, durations.get(command) ?? 0));
}
let late = 0;
await each(kills, async (kill, surroundings) => {
  const result = await killOnce(kill, surroundings);
  if (result.late) late += 1;
  tell(result);
});

for (const line of lines) line.close();
const minutes = (performance.now() - began) / 60_000;
console.log(
  `${kills.length} kills of ${chosen.length} commands in ${minutes.toFixed(1)} min (${late} had ended before), seed ${values.seed}: ` +
    `${failed.length === 0 ? 'nothing left, nothing lost, nothing moved' : `${failed.length} FAILED; their folders are in ${folder}`}.`,
);
if (failed.length === 0) await rm(folder, { recursive: true, force: true });
process.exit(failed.length === 0 ? 0 : 1);
