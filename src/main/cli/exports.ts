import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { SPLITS, type Split } from '../../shared/dataset';
import type { EpisodeSummary } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { type ExportPlan, type ExportReport, FORMAT_NAMES, type FormatName } from '../../shared/export';
import { episodesAsked, findDataset } from '../core/datasets';
import { writeCard } from '../core/export/card';
import { chosenForExport } from '../core/export/chosen';
import { Scenes } from '../core/export/scenes';
import { type ExportOptions, exportEpisodes, planExport } from '../formats/export';
import type { Log } from '../log/types';
import { hostHere } from '../processes/here-host';
import { cardFor } from './datasets';
import { interrupts } from './interrupts';
import { differenceOf } from './models';
import { integerList } from './options';
import { counted, type Output } from './output';
import { startProgress } from './progress';
import { withCore, withReader } from './with-core';

/** `export`: a model as ONNX, or episodes as files of other people's software. */
export function exportCommand(program: Command, output: () => Output): void {
  program
    .command('export')
    .description(
      "writes a model as ONNX, checked against the app's own predictions; or, with --format, episodes for other software",
    )
    .option('--model <model>', 'name or hash of a model of the workspace')
    .option('--file <file>', 'of a model: where to; the folder "exports" of the workspace when left out')
    .addOption(new Option('--format <format>', 'of episodes').choices(FORMAT_NAMES).conflicts('model'))
    .option('--episodes <numbers>', 'episodes, such as 1,2,5; all when left out', integerList)
    .option('--rig <name>', 'episodes of this rig')
    .option('--tag <tag>', 'episodes with this tag')
    .option('--dataset <name>', 'the episodes of this data set; its card is written beside the export')
    .addOption(new Option('--split <split>', 'of the data set; all of it when left out').choices(SPLITS))
    .option('--by <name>', 'who made the data set, for its card')
    .option('--out <path>', 'of episodes: the file or folder to write')
    .option('--dry-run', 'of episodes: says what would be written and what the format cannot hold')
    .option('--force', 'replaces a file that is there, and is no model of an earlier call')
    .action(async (flags: ExportFlags) => {
      const out = output();
      const { model, format } = flags;
      if (format !== undefined) return exportEpisodesCommand(out, { ...flags, format });
      if (model === undefined) {
        const next = 'Add --model M, or --format F with --out for episodes.';
        throw new ForesightError('wrong-use', 'What to export was not said.', next);
      }
      const done = await withCore(out.options, (core) => core.models.export(model, flags), {
        beside: true,
      });
      out.result(done, () => {
        out.line(`Exported ${done.file}`);
        out.line(
          `Largest difference from the app's own predictions on ${done.steps} recorded steps: ${differenceOf(done)}`,
        );
      });
    });
}

interface ExportFlags extends Omit<EpisodeExportFlags, 'format'> {
  model?: string;
  file?: string;
  format?: FormatName;
}

interface EpisodeExportFlags {
  format: FormatName;
  out?: string;
  episodes?: number[];
  rig?: string;
  tag?: string;
  dataset?: string;
  split?: Split;
  by?: string;
  dryRun?: boolean;
  force?: boolean;
}

/** `export --format`: episodes as files of other people's software. It reads, beside whoever has the workspace open. */
async function exportEpisodesCommand(out: Output, flags: EpisodeExportFlags): Promise<void> {
  const { format, force } = flags;
  const signal = interrupts();
  await withReader(out.options, async (log) => {
    const asked = await episodesAsked(log, flags, null);
    const episodes = await chosenForExport(log, { ...flags, episodes: asked });
    const scenes = new Scenes(log, hostHere());
    const scene = (episode: EpisodeSummary) => scenes.of(episode);
    try {
      const plan = await planExport(log, { format, episodes, scene });
      if (flags.dryRun) {
        out.result(plan, () => {
          sayPlan(out, plan);
          out.line('Nothing was written: this was a dry run.');
        });
        return;
      }
      const path = resolve(flags.out ?? missing());
      const options = { format, path, episodes, force, host: hostHere(), scene };
      const report = await exportShown(log, options, plan.rows, signal);
      const card = await cardBeside(log, flags, path);
      out.result({ ...report, ...(card.length > 0 && { card }) }, () => {
        sayPlan(out, report);
        out.line(`Exported ${report.path}`);
        for (const file of card) out.line(`Wrote ${file}`);
      });
    } finally {
      await scenes.close();
    }
  });
}

/** The card of what was exported: JSON, and Markdown for people. @returns the files; none where it was no data set */
async function cardBeside(log: Log, flags: EpisodeExportFlags, path: string): Promise<string[]> {
  if (flags.dataset === undefined) return [];
  const { id } = await findDataset(log, flags.dataset);
  return writeCard(await cardFor(log, id, flags), `${path}.card.json`);
}

async function exportShown(
  log: Log,
  options: ExportOptions,
  rows: number,
  signal: AbortSignal,
): Promise<ExportReport> {
  const progress = startProgress('rows', rows);
  try {
    const onProgress = (done: number, total: number) => progress.update(done, total);
    return await exportEpisodes(log, options, { signal, onProgress });
  } finally {
    progress.finish();
  }
}

function sayPlan(out: Output, { format, episodes, rows, channels, cameras, losses }: ExportPlan): void {
  out.line(`${format}: ${counted(episodes, 'episode')}, ${counted(rows, 'row')}; ${channels.join(', ')}`);
  if (cameras.length > 0) out.line(`Pictures of ${cameras.join(', ')}, one a step.`);
  for (const loss of losses) out.line(loss);
}

function missing(): never {
  throw new ForesightError(
    'wrong-use',
    'Where to export to was not said.',
    'Add --out with a file or folder.',
  );
}
