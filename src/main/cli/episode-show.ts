import { once } from 'node:events';
import type { Command } from 'commander';
import { ForesightError } from '../../shared/errors';
import { originWords } from '../../shared/origin-words';
import { Episodes } from '../core/episodes';
import { episodeCsv } from '../core/views/episode-csv';
import { episodeJson } from '../core/views/episode-json';
import type { Log } from '../log/types';
import { integer } from './options';
import { counted, number, type Output } from './output';
import { withReader } from './with-core';

export function episodeShowCommand(episode: Command, output: () => Output): void {
  episode
    .command('show <episode>')
    .description('one episode: what happened; its rows with --json or --csv')
    .option('--csv', 'a line a row, instead of words', false)
    .action(async (id: string, flags: { csv: boolean }) => {
      const out = output();
      if (flags.csv && out.json) {
        throw new ForesightError(
          'wrong-use',
          'An episode is shown either with --csv or with --json.',
          'Leave one out.',
        );
      }
      await withReader(out.options, async (log) => {
        const which = integer(1)(id);
        if (out.json) await print(episodeJson(log, which));
        else if (flags.csv) await print(episodeCsv(log, which));
        else await printWords(out, log, which);
      });
    });
}

/** No faster than it is read, so that what waits to be read is never more than a part. */
async function print(parts: AsyncIterable<string>): Promise<void> {
  for await (const part of parts) {
    if (!process.stdout.write(part)) await once(process.stdout, 'drain');
  }
}

async function printWords(out: Output, log: Log, id: number): Promise<void> {
  const { summary, observations, events, eventCount } = await new Episodes(log).view(id);
  out.line(
    `Episode ${summary.id} on ${summary.rig}: ${summary.steps} steps, return ${number(summary.return)},`,
  );
  out.line(`${summary.state}, ${number(summary.durationSeconds)} s, ${summary.source}.`);
  for (const { episode, from, to } of summary.parts) {
    out.line(`Shows steps ${from} to ${to - 1} of recording ${episode}.`);
  }
  const judged = [summary.starred ? 'starred' : '', summary.outcome ?? ''].filter((word) => word !== '');
  if (judged.length > 0) out.line(`A person says: ${judged.join(', ')}.`);
  for (const line of originWords(await log.origin(id))) out.line(line);
  out.line();
  out.table(
    ['channel', 'unit', 'lowest', 'highest', 'last'],
    summary.observations.map((c, i) => {
      const { first, more } = observations[i] ?? { first: [] };
      const last = (more?.last ?? first).at(-1);
      return [
        c.name,
        c.unit,
        number(least(more?.min ?? first, 1)),
        number(least(more?.max ?? first, -1)),
        number(last),
      ];
    }),
  );
  const cameras = await log.cameras(id);
  if (cameras.length > 0) {
    out.line();
    out.table(
      ['camera', 'pixels', 'a second', 'pictures', 'dropped'],
      cameras.map(({ name, width, height, rate, frames, dropped }) => [
        ...[name, `${width} × ${height}`, number(rate), String(frames), String(dropped)],
      ]),
    );
  }
  if (events.length === 0) return;
  out.line();
  out.table(
    ['step', 'event', 'what'],
    events.map((e) => [String(e.step), e.kind, e.message]),
  );
  if (eventCount > events.length) {
    out.line(`${counted(eventCount, 'event')} in all; --json has every one.`);
  }
}

/** The least with a sign of 1, the greatest with −1. */
function least(values: readonly (number | null)[], sign: 1 | -1): number {
  return values.reduce<number>(
    (a, b) => (b !== null && sign * b < sign * a ? b : a),
    sign * Number.POSITIVE_INFINITY,
  );
}
