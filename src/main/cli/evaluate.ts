import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EvaluateInput } from '../../shared/contract';
import type { Split } from '../../shared/dataset';
import { EvaluateOptions } from '../../shared/model';
import { episodesAsked, findDataset } from '../core/datasets';
import { summaryOf } from '../core/models';
import { evaluationFigures, type ThemeName, writeFigures } from '../figures';
import type { Log } from '../log/types';
import { addDatasetOptions } from './datasets';
import { type EvaluatedModel, printEvaluations } from './evaluation-tables';
import { checked, integerList, real } from './options';
import type { Output } from './output';
import { startProgress } from './progress';
import { withCore } from './with-core';

interface EvaluateFlags {
  model: string[];
  episodes?: number[];
  dataset?: string;
  split?: Split;
  last: number;
  horizons?: number[];
  trustedFraction?: number;
  figures?: string;
  force?: boolean;
  theme: ThemeName;
}

export function evaluateCommand(program: Command, output: () => Output): void {
  const { trustedFraction } = EvaluateOptions.parse({});
  const command = program
    .command('evaluate')
    .description('how far ahead models can be trusted, how sure they are and whether rightly')
    .requiredOption('--model <models...>', 'names or hashes of models of the workspace, side by side')
    .option(
      '--episodes <ids>',
      'episode numbers with commas; left out: all of its rig that it did not learn from',
      integerList,
    );
  addDatasetOptions(command, 'its test split, or all of a data set that has none,')
    .option('--last <share>', 'only this share at the end of every episode', real(0, 0.9), 0)
    .option('--horizons <steps>', 'steps ahead with commas; a grid from 1 to 200 when left out', horizons)
    .option(
      '--trusted-fraction <share>',
      `share of a channel's spread up to which an error is trusted (${trustedFraction})`,
      real(0, 10),
    )
    .option('--figures <folder>', 'writes the verdict as SVG and PNG files')
    .option('--force', 'with --figures: replaces files that are no figures of an earlier call')
    .addOption(
      new Option('--theme <name>', 'ground of the figures').choices(['light', 'dark']).default('light'),
    )
    .action(async (flags: EvaluateFlags) => {
      const out = output();
      const models = await withCore(
        out.options,
        async (core) => {
          const done: EvaluatedModel[] = [];
          const episodes = await episodesAsked(core.log, flags, await usualSplit(core.log, flags.dataset));
          for (const model of flags.model) {
            const progress = startProgress(`evaluating ${model}`, 100);
            const { model: _, figures, force, theme, dataset, split, ...rest } = flags;
            const input = checked(EvaluateInput, { ...rest, episodes, model }, 'evaluation');
            const evaluation = await core.models
              .evaluate(input, (p) =>
                progress.update(Math.round((100 * p.epoch) / Math.max(1, p.epochs)), 100, p.detail),
              )
              .finally(() => progress.finish());
            const { name, hash, periodSeconds } = summaryOf(await core.models.record(model));
            done.push({ name, hash, periodSeconds, evaluation });
          }
          return distinct(done);
        },
        { beside: true },
      );
      const written = flags.figures
        ? await writeFigures(resolve(flags.figures), evaluationFigures(models, flags.theme), flags)
        : [];
      const documents = models.map(({ name, hash, evaluation }) => ({ model: name, hash, ...evaluation }));
      const document = documents.length === 1 ? documents[0] : { models: documents };
      out.result(flags.figures ? { ...document, figures: written } : document, () => {
        printEvaluations(out, models);
        if (written.length > 0)
          out.line(`\n${written.length} figures are in ${resolve(flags.figures ?? '')}`);
      });
    });
}

/** What a model is judged on of a data set where nobody says: what was kept for it. */
async function usualSplit(log: Log, dataset: string | undefined): Promise<Split | null> {
  if (dataset === undefined) return null;
  const { splits } = await findDataset(log, dataset);
  return splits.test.episodes > 0 ? 'test' : null;
}

function horizons(text: string): number[] {
  const list = integerList(text);
  if (list.some((steps) => steps < 1)) throw new InvalidArgumentError('Expected steps from 1 on.');
  return list;
}

/** Models of one name are told apart by their content. */
function distinct(models: EvaluatedModel[]): EvaluatedModel[] {
  return models.map((model) => {
    const others = models.filter(({ name }) => name === model.name);
    return others.length === 1 ? model : { ...model, name: `${model.name} ${model.hash.slice(0, 6)}` };
  });
}
