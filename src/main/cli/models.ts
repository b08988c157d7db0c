import type { Command } from 'commander';
import type { Split } from '../../shared/dataset';
import { ForesightError } from '../../shared/errors';
import type { ModelSummary, TrainOptions, TrainProgress } from '../../shared/model';
import type { Core } from '../core';
import { summaryOf } from '../core/models';
import type { TrainingRun } from '../core/trainings';
import { listCheckpoints } from '../jobs/checkpoint';
import { workspacePaths } from '../log/workspace';
import { addDatasetOptions } from './datasets';
import { evaluateCommand } from './evaluate';
import { printEvaluations } from './evaluation-tables';
import { addTrainOptions, integerList, real, trainOptions } from './options';
import { number, type Output } from './output';
import { type Progress, startProgress } from './progress';
import { withCore, withReader, workspaceOf } from './with-core';

export function modelCommands(program: Command, output: () => Output): void {
  addDatasetOptions(
    addTrainOptions(program.command('train').description('learns the dynamics from recorded episodes')),
    '"train"',
  )
    .option('--name <name>', 'name of the model', 'model')
    .option('--rig <name>', 'episodes of this rig; the only one there is when left out')
    .option('--episodes <ids>', 'episode numbers with commas; all of the rig when left out', integerList)
    .option(
      '--last <share>',
      'keeps this share at the end of every episode out and judges on it; 0: nothing, and the model is not tested; ' +
        'left out: whole episodes from five on, about a fifth of each below',
      real(0, 0.9),
    )
    .option('--from <model>', 'goes on from the weights of this model; its options are the defaults')
    .option('--resume [training]', 'goes on with an interrupted training, the newest when none is named')
    .action(async (flags: TrainFlags, command: Command) => {
      const out = output();
      const model = await withCore(
        out.options,
        async (core) => {
          const progress = trainProgress();
          const training = await startTraining(core, flags, command, progress.update);
          return training.done
            .catch((error: unknown) => {
              const checkpoint = training.checkpoint();
              if (checkpoint)
                out.remark(`To go on with this training: foresight train --resume ${checkpoint}`);
              throw error;
            })
            .finally(() => progress.finish());
        },
        { beside: true },
      );
      out.result(model, () => printModel(out, model));
    });

  evaluateCommand(program, output);

  program
    .command('models')
    .description('learned models of the workspace')
    .action(async () => {
      const out = output();
      const models = (await withReader(out.options, (log) => log.models())).map(summaryOf);
      const interrupted = await listCheckpoints(workspacePaths(workspaceOf(out.options)).checkpoints);
      out.result({ models, interrupted }, () => {
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
        if (interrupted.length === 0) return;
        out.line('\nInterrupted trainings; go on with one: foresight train --resume <training>');
        out.table(
          ['training', 'rig', 'epochs', 'seconds', 'saved'],
          interrupted.map((one) => [
            one.id,
            one.rig,
            `${one.epoch}/${one.options.epochs}`,
            number(one.secondsElapsed, 3),
            new Date(one.savedAt).toISOString().slice(0, 19).replace('T', ' '),
          ]),
        );
      });
    });
}

interface TrainFlags {
  name: string;
  rig?: string;
  episodes?: number[];
  dataset?: string;
  split?: Split;
  last?: number;
  from?: string;
  /** True when no training was named. */
  resume?: string | true;
}

async function startTraining(
  core: Core,
  flags: TrainFlags,
  command: Command,
  onProgress: (progress: TrainProgress) => void,
): Promise<TrainingRun> {
  const given = Object.keys(flags).filter((key) => command.getOptionValueSource(key) === 'cli');
  if (flags.resume !== undefined) {
    const [other] = given.filter((key) => key !== 'resume');
    if (other !== undefined) {
      throw new ForesightError(
        'wrong-use',
        `A training that is resumed keeps its options, so "${other}" cannot be given.`,
        'Leave it out, or start a new training without --resume.',
      );
    }
    return core.models.trainings.resume(flags.resume === true ? undefined : flags.resume, onProgress);
  }
  const { name, rig, episodes, dataset, split, last, from } = flags;
  const parent = from === undefined ? undefined : summaryOf(await core.models.record(from));
  const asked = parent ? inherited(flags, given, parent.options) : flags;
  return core.models.trainings.train(
    {
      ...{ rig, episodes, dataset, split, last, from },
      name: parent && !given.includes('name') ? parent.name : name,
      options: trainOptions(asked as Record<string, unknown>),
    },
    onProgress,
  );
}

/** The flags, with a model's options where none was given. */
function inherited(flags: object, given: string[], { class: own, loss, ...fields }: TrainOptions): object {
  const asked = Object.fromEntries(Object.entries(flags).filter(([key]) => given.includes(key)));
  const { name: className, ...ofClass } = own;
  const { name: lossName, ...ofLoss } = loss;
  return {
    ...fields,
    ...{ class: className, loss: lossName },
    // Another class or loss has other options; that the two differ is said by the training.
    ...((asked.class ?? className) === className ? ofClass : {}),
    ...((asked.loss ?? lossName) === lossName ? ofLoss : {}),
    ...asked,
  };
}

/** A bar, begun when the number of passes is known. */
function trainProgress() {
  let bar: Progress | undefined;
  return {
    update: (p: TrainProgress) => {
      bar ??= startProgress('training', p.epochs);
      const what = [p.phase, p.detail].filter((part) => part !== '').join(' ');
      const state =
        p.phase === 'training' ? `loss ${number(p.trainLoss)}` : `${p.secondsElapsed.toFixed(1)} s`;
      bar.update(p.epoch, p.epochs, `${what} ${state}`);
    },
    finish: () => bar?.finish(),
  };
}

export function differenceOf(done: { largestDifference: number }): string {
  return done.largestDifference === 0 ? '0 (bit for bit the same)' : done.largestDifference.toExponential(2);
}

function printModel(out: Output, model: ModelSummary): void {
  out.line(
    `${model.name} (${model.hash.slice(0, 8)}): ${model.transitions} transitions, ` +
      `${model.epochs} epochs in ${number(model.trainSeconds, 3)} s`,
  );
  for (const note of model.notes) out.line(`Note: ${note}`);
  if (model.evaluation) printEvaluations(out, [{ ...model, evaluation: model.evaluation }]);
}
