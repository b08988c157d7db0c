import type { Command } from 'commander';
import type { ModelSummary } from '../../shared/model';
import { summaryOf } from '../core/models';
import { evaluateCommand } from './evaluate';
import { printEvaluations } from './evaluation-tables';
import { addTrainOptions, integerList, real, trainOptions } from './options';
import { number, type Output } from './output';
import { startProgress } from './progress';
import { withCore, withReader } from './with-core';

export function modelCommands(program: Command, output: () => Output): void {
  addTrainOptions(program.command('train').description('learns the dynamics from recorded episodes'))
    .option('--name <name>', 'name of the model', 'model')
    .option('--rig <name>', 'episodes of this rig; the only one there is when left out')
    .option('--episodes <ids>', 'episode numbers with commas; all of the rig when left out', integerList)
    .option(
      '--last <share>',
      'share at the end of every episode to keep out and evaluate on',
      real(0, 0.9),
      0,
    )
    .action(async (flags: TrainFlags) => {
      const out = output();
      const options = trainOptions(flags as unknown as Record<string, unknown>);
      const model = await withCore(out.options, async (core) => {
        const progress = startProgress('training', options.epochs);
        const training = await core.models.train(
          { name: flags.name, rig: flags.rig, episodes: flags.episodes, options, last: flags.last },
          (p) =>
            progress.update(p.epoch, p.epochs || options.epochs, `${p.phase} loss ${number(p.trainLoss)}`),
        );
        const summary = await training.done.finally(() => progress.finish());
        return summary;
      });
      out.result(model, () => printModel(out, model));
    });

  evaluateCommand(program, output);

  program
    .command('models')
    .description('learned models of the workspace')
    .action(async () => {
      const out = output();
      const models = (await withReader(out.options, (log) => log.models())).map(summaryOf);
      out.result({ models }, () => {
        if (models.length === 0) out.line('No model yet. Train one: foresight train.');
        else
          out.table(
            ['model', 'name', 'rig', 'transitions', 'epochs', 'seconds'],
            models.map((m) => [
              m.hash.slice(0, 8),
              m.name,
              m.rig,
              String(m.transitions),
              String(m.epochs),
              number(m.trainSeconds, 3),
            ]),
          );
      });
    });

  program
    .command('export')
    .description("writes a model as ONNX and checks the file against the app's own predictions")
    .requiredOption('--model <model>', 'name or hash of a model of the workspace')
    .option('--file <file>', 'where to; the folder "exports" of the workspace when left out')
    .action(async (flags: { model: string; file?: string }) => {
      const out = output();
      const done = await withCore(out.options, (core) => core.models.export(flags.model, flags.file));
      out.result(done, () => {
        out.line(`Exported ${done.file}`);
        out.line(
          `Largest difference from the app's own predictions on ${done.steps} recorded steps: ${differenceOf(done)}`,
        );
      });
    });
}

interface TrainFlags {
  name: string;
  rig?: string;
  episodes?: number[];
  last: number;
}

export function differenceOf(done: { largestDifference: number }): string {
  return done.largestDifference === 0 ? '0 (bit for bit the same)' : done.largestDifference.toExponential(2);
}

function printModel(out: Output, model: ModelSummary): void {
  out.line(
    `${model.name} (${model.hash.slice(0, 8)}): ${model.transitions} transitions, ` +
      `${model.epochs} epochs in ${number(model.trainSeconds, 3)} s`,
  );
  if (model.evaluation) printEvaluations(out, [{ ...model, evaluation: model.evaluation }]);
}
