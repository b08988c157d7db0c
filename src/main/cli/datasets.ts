import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type Dataset, NewDataset, SPLITS, type Split } from '../../shared/dataset';
import { cardText } from '../../shared/dataset-card';
import { ForesightError } from '../../shared/errors';
import type { Survey } from '../../shared/survey';
import { cardOf, findDataset, survey } from '../core/datasets';
import { writeCard } from '../core/export/card';
import type { Log } from '../log/types';
import { interrupts } from './interrupts';
import { checked, collected, integer, integerList, real } from './options';
import { counted, number, type Output } from './output';
import { startProgress } from './progress';
import { withLog, withReader } from './with-core';

/** `--dataset` and `--split`, of commands that take episodes. */
export function addDatasetOptions(command: Command, usual: string): Command {
  return command
    .option('--dataset <name>', 'the episodes of this data set')
    .addOption(new Option('--split <split>', `of the data set; ${usual} when left out`).choices(SPLITS));
}

export function datasetCommands(program: Command, output: () => Output): void {
  const dataset = program
    .command('dataset')
    .description('data sets: saved selections of episodes, divided by recording');

  dataset
    .command('make <name>')
    .description('makes a data set of episodes; of all that can be learned from when none are said')
    .option('--episodes <numbers>', 'episode numbers with commas', integerList)
    .option('--rig <name>', 'episodes of this rig')
    .option('--tag <tag>', 'episodes with this tag; several times for all of several', collected)
    .option('--note <text>', 'what it is for', '')
    .option('--validation <share>', 'share of the recordings for validation', real(0, 0.9), 0)
    .option('--test <share>', 'share of the recordings for test', real(0, 0.9), 0)
    .option(
      '--seed <n>',
      'another seed, another split; left out, the first that leaves no split empty',
      integer(0),
    )
    .action(async (name: string, flags: MakeFlags) => {
      const out = output();
      const { note, validation, test, seed } = flags;
      const made = await withLog(out.options, async (log) => {
        const episodes = await chosenFor(log, flags);
        if (episodes.length === 0) {
          throw new ForesightError(
            'not-found',
            'There is no episode for this data set.',
            'Record some, or say others with --episodes, --rig and --tag: foresight episode list.',
          );
        }
        const asked = checked(NewDataset, { name, note, validation, test, seed, episodes }, 'data set');
        return log.dataset(await log.makeDataset(asked));
      });
      out.result(made, () => sayDataset(out, made));
    });

  dataset
    .command('list')
    .description('the data sets of the workspace')
    .action(async () => {
      const out = output();
      const datasets = await withReader(out.options, (log) => log.datasets());
      out.result({ datasets }, () => {
        if (datasets.length === 0) out.line('No data set yet. Make one: foresight dataset make <name>.');
        else
          out.table(
            ['number', 'name', 'rigs', 'episodes', 'recordings', 'steps', 'train', 'validation', 'test'],
            datasets.map(({ id, name, rigs, counts, splits }) => [
              ...[String(id), name, rigs.join(' '), String(counts.episodes), String(counts.recordings)],
              ...[String(counts.steps), ...SPLITS.map((split) => String(splits[split].episodes))],
            ]),
          );
      });
    });

  dataset
    .command('show <dataset>')
    .description('what is in a data set, and on which side')
    .action(async (wanted: string) => {
      const out = output();
      const found = await withReader(out.options, async (log) =>
        log.dataset((await findDataset(log, wanted)).id),
      );
      out.result(found, () => sayDataset(out, found));
    });

  dataset
    .command('change <dataset>')
    .description('renames a data set, adds episodes to it or takes some out; "episode undo" takes it back')
    .option('--name <name>', 'its new name')
    .option('--note <text>', 'its new note')
    .option('--add <numbers>', 'episode numbers with commas', integerList)
    .option('--remove <numbers>', 'episode numbers with commas', integerList)
    .action(
      async (wanted: string, flags: { name?: string; note?: string; add?: number[]; remove?: number[] }) => {
        const out = output();
        const found = await withLog(out.options, async (log) => {
          const { id } = await findDataset(log, wanted);
          await log.changeDataset(id, flags);
          return log.dataset(id);
        });
        out.result(found, () => sayDataset(out, found));
      },
    );

  dataset
    .command('remove <dataset>')
    .description('takes a data set off the list; its episodes stay, and "episode undo" brings it back')
    .action(async (wanted: string) => {
      const out = output();
      const { id, name } = await withLog(out.options, async (log) => {
        const found = await findDataset(log, wanted);
        await log.removeDataset(found.id);
        return found;
      });
      out.result({ removed: id }, () => out.line(`Removed the data set "${name}". Its episodes stay.`));
    });

  dataset
    .command('card <dataset>')
    .description('what is handed over with a data set: counts, splits, and a checksum over content')
    .option('--by <name>', 'who made it')
    .addOption(new Option('--split <split>', 'only this split').choices(SPLITS))
    .option('--out <file>', 'writes the card as JSON into this file, and as Markdown beside it')
    .action(async (wanted: string, flags: { by?: string; split?: Split; out?: string }) => {
      const out = output();
      await withReader(out.options, async (log) => {
        const { id } = await findDataset(log, wanted);
        const card = await cardFor(log, id, flags);
        const written = flags.out === undefined ? [] : await writeCard(card, resolve(flags.out));
        out.result(card, () => {
          out.line(cardText(card).trimEnd());
          for (const file of written) out.line(`Wrote ${file}`);
        });
      });
    });

  dataset
    .command('statistics <dataset>')
    .description('what its channels go over; with --coverage, how much of two channels together was visited')
    .addOption(new Option('--split <split>', 'only this split').choices(SPLITS))
    .option('--coverage <channels>', 'two channels with a comma')
    .action(async (wanted: string, flags: { split?: Split; coverage?: string }) => {
      const out = output();
      const found = await withReader(out.options, async (log) => {
        const { id } = await findDataset(log, wanted);
        return statistics(log, { dataset: id, split: flags.split, coverage: pairOf(flags.coverage) });
      });
      out.result(found, () => saySurvey(out, found));
    });
}

interface MakeFlags {
  episodes?: number[];
  rig?: string;
  tag?: string[];
  note: string;
  validation: number;
  test: number;
  seed?: number;
}

async function chosenFor(log: Log, { episodes, rig, tag }: MakeFlags): Promise<number[]> {
  if (episodes !== undefined) return episodes;
  const found = await log.episodes({ rig, tags: tag, states: ['complete', 'interrupted'] });
  return found.filter(({ steps }) => steps > 0).map(({ id }) => id);
}

function pairOf(text: string | undefined): [string, string] | undefined {
  if (text === undefined) return undefined;
  const [one, other, ...more] = text.split(',').map((name) => name.trim());
  if (one !== undefined && other !== undefined && more.length === 0) return [one, other];
  throw new ForesightError('wrong-use', `"${text}" is not two channels.`, 'Write them as one,other.');
}

async function statistics(log: Log, asked: Parameters<typeof survey>[1]): Promise<Survey> {
  const progress = startProgress('rows', 1);
  try {
    for await (const step of survey(log, asked, interrupts())) {
      if (step.survey !== undefined) return step.survey;
      progress.update(step.done, step.total);
    }
  } finally {
    progress.finish();
  }
  throw new ForesightError('cancelled', 'Looking at the data was stopped.', 'Ask again.');
}

/** The card of a set, with its progress. */
export async function cardFor(
  log: Log,
  id: number,
  { by, split }: { by?: string; split?: Split },
): Promise<Awaited<ReturnType<typeof cardOf>>> {
  const progress = startProgress('rows', 1);
  try {
    const onProgress = (done: number, total: number) => progress.update(done, total);
    return await cardOf(
      log,
      id,
      { by: by ?? null, split: split ?? null },
      { signal: interrupts(), onProgress },
    );
  } finally {
    progress.finish();
  }
}

function sayDataset(out: Output, found: Dataset): void {
  const { name, note, counts, splits, rigs, members, missing } = found;
  out.line(
    `${name}: ${counted(counts.episodes, 'episode')} of ${counted(counts.recordings, 'recording')}, ${counted(counts.steps, 'step')}; ${rigs.join(', ')}`,
  );
  if (note !== '') out.line(note);
  out.line(SPLITS.map((split) => `${split} ${splits[split].episodes}`).join(', '));
  if (missing.length > 0) out.line(`Deleted, and back with undo: ${missing.join(', ')}.`);
  out.line();
  out.table(
    ['episode', 'split', 'rig', 'steps', 'recordings'],
    members.map((one) => [String(one.id), one.split, one.rig, String(one.steps), one.recordings.join(' ')]),
  );
}

function saySurvey(out: Output, { episodes, rows, seconds, rate, channels, coverage }: Survey): void {
  out.line(
    `${counted(episodes, 'episode')}, ${counted(rows, 'row')}, ${number(seconds)} s, ${number(rate)} rows a second.`,
  );
  out.table(
    [
      'channel',
      'unit',
      'least',
      '5 %',
      'median',
      '95 %',
      'most',
      'mean',
      'deviation',
      'at limits',
      'visited',
    ],
    channels.map((one) => [
      ...[one.name, one.unit, number(one.least), number(one.quantiles[1]), number(one.quantiles[3])],
      ...[number(one.quantiles[5]), number(one.most), number(one.mean), number(one.deviation)],
      ...[percent(one.atLimits), percent(one.visited)],
    ]),
  );
  if (coverage === null) return;
  const [one, other] = coverage.channels;
  out.line(
    `${one} and ${other} together: ${percent(coverage.visited)} of ${coverage.bins} × ${coverage.bins} parts were visited.`,
  );
}

const percent = (share: number | null) => (share === null ? '–' : `${number(100 * share, 3)} %`);
