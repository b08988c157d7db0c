import { type Command, Option } from 'commander';
import type { Split } from '../../shared/dataset';
import { ForesightError } from '../../shared/errors';
import { DEFAULT_ENGINE, ENGINE_NAMES } from '../../shared/model-options';
import type { PolicyEvaluation, PolicyProgress, PolicySummary } from '../../shared/policy';
import { LEARNED_WHERE, PolicyTrainInput } from '../../shared/policy-training';
import type { Core } from '../core';
import { policySummaryOf } from '../core/policies';
import { policyRecord } from '../core/policy-shelf';
import type { PolicyTrainingRun } from '../core/policy-trainings';
import { listPolicyCheckpoints } from '../jobs/policy-checkpoint';
import { workspacePaths } from '../log/workspace';
import { addDatasetOptions } from './datasets';
import { addAlgorithmOptions, algorithmOptions, checked, integer, integerList } from './options';
import { counted, number, type Output, successWords } from './output';
import { evaluateOnRigCommand } from './policy-evaluate';
import { learnCommand } from './policy-learn';
import { type Progress, startProgress } from './progress';
import { withCore, withLog, withReader, workspaceOf } from './with-core';

/** `foresight policy …`: learning policies, and what there are. */
export function policyCommands(program: Command, output: () => Output): void {
  const policy = program.command('policy').description('policies that are learned');
  trainCommand(policy, output);
  learnCommand(policy, output);
  evaluateOnRigCommand(policy, output);

  policy
    .command('evaluate')
    .description('drives the simulation of its rig without exploring, and says how well')
    .requiredOption('--policy <policy>', 'name or hash of a policy of the workspace')
    .option('--rig <rig>', 'its rig, where that is not found by its name')
    .option('--episodes <n>', 'episodes, one after another', integer(1), 10)
    .option('--seed <n>', 'the same seed, the same starts', integer(0), 0)
    .action(async (flags: { policy: string; rig?: string; episodes: number; seed: number }) => {
      const out = output();
      const evaluation = await withCore(
        out.options,
        (core) => core.policies.evaluate(flags, undefined, flags.rig),
        { beside: true },
      );
      out.result(evaluation, () => printEvaluation(out, evaluation));
    });

  policy
    .command('export')
    .description("writes a policy as ONNX and checks the file against the app's own actions")
    .requiredOption('--policy <policy>', 'name or hash of a policy of the workspace')
    .option('--rig <rig>', 'its rig, where that is not found by its name')
    .option('--file <file>', 'where to; the folder "exports" of the workspace when left out')
    .option('--force', 'replaces a file that is no export of an earlier call')
    .action(async (flags: { policy: string; rig?: string; file?: string; force?: boolean }) => {
      const out = output();
      const done = await withCore(out.options, (core) => core.policies.export(flags.policy, flags), {
        beside: true,
      });
      out.result(done, () => {
        out.line(`Exported ${done.file}`);
        const where = done.from === 'simulation' ? 'states of the simulation' : 'recorded states';
        out.line(
          `Largest difference from the app's own actions in ${done.states} ${where}: ${done.largestDifference.toExponential(2)} of the range.`,
        );
      });
    });

  policy
    .command('list')
    .description('policies of the workspace, and trainings that were interrupted')
    .action(async () => {
      const out = output();
      const policies = (await withReader(out.options, (log) => log.policies())).map(policySummaryOf);
      const folder = workspacePaths(workspaceOf(out.options)).policyCheckpoints;
      const interrupted = await listPolicyCheckpoints(folder);
      out.result({ policies, interrupted }, () => printList(out, policies, interrupted));
    });

  policy
    .command('show <policy>')
    .description('what is known of a policy')
    .action(async (wanted: string) => {
      const out = output();
      const summary = policySummaryOf(await withReader(out.options, (log) => policyRecord(log, wanted)));
      out.result(summary, () => printPolicy(out, summary));
    });

  policy
    .command('remove <policy>')
    .description('takes a policy off the list; "foresight episode undo" brings it back')
    .action(async (wanted: string) => {
      const out = output();
      const { hash, name } = await withLog(out.options, async (log) => {
        const found = await policyRecord(log, wanted);
        await log.updatePolicy(found.hash, { removed: true });
        return found;
      });
      out.result({ removed: hash }, () => out.line(`Removed ${name} (${hash.slice(0, 8)}).`));
    });
}

interface TrainFlags {
  name: string;
  rig?: string;
  where: PolicyTrainInput['where'];
  episodes?: number[];
  dataset?: string;
  split?: Split;
  model?: string;
  from?: string;
  history: number;
  evaluateEvery: number;
  evaluateEpisodes: number;
  evaluateSeed: number;
  engine: PolicyTrainInput['engine'];
  seed: number;
  /** True when no training was named. */
  resume?: string | true;
}

function trainCommand(policy: Command, output: () => Output): void {
  addDatasetOptions(
    addAlgorithmOptions(
      policy.command('train').description('learns a policy in a simulation or from episodes'),
    ),
    '"train"',
  )
    .option('--name <name>', 'what the policy is called', 'policy')
    .option('--rig <rig>', 'the rig that it is for: a name or a folder')
    .addOption(
      new Option(
        '--where <place>',
        'where it acts: in simulation, in the model (from where recorded episodes begin), or not at all: it learns from recorded episodes',
      )
        .choices(LEARNED_WHERE)
        .default('simulation'),
    )
    .option('--episodes <ids>', 'recorded episodes to learn from, with commas', integerList)
    .option('--model <model>', 'name or hash of a model of the rig: to act or learn in, or for its planner')
    .option('--from <policy>', 'name or hash of a policy that it goes on from (model-gradient)')
    .option('--history <n>', 'observations in a state, with the actions between them', integer(1), 1)
    .option('--evaluate-every <steps>', 'evaluates on the way, every so many steps; 0: not', integer(0), 0)
    .option('--evaluate-episodes <n>', 'episodes of an evaluation', integer(1), 10)
    .option('--evaluate-seed <n>', 'the same seed, the same starts of an evaluation', integer(0), 0)
    .addOption(new Option('--engine <name>', 'what computes').choices(ENGINE_NAMES).default(DEFAULT_ENGINE))
    .option('--seed <n>', 'seed of everything random', integer(0), 0)
    .option('--resume [training]', 'goes on with an interrupted training, the newest when none is named')
    .action(async (flags: TrainFlags, command: Command) => {
      const out = output();
      const summary = await withCore(
        out.options,
        async (core) => {
          const progress = learnProgress();
          const training = await startTraining(core, flags, command, progress.update);
          return training.done
            .catch((error: unknown) => {
              const checkpoint = training.checkpoint();
              if (checkpoint)
                out.remark(`To go on with this training: foresight policy train --resume ${checkpoint}`);
              throw error;
            })
            .finally(() => progress.finish());
        },
        { beside: true },
      );
      out.result(summary, () => printPolicy(out, summary));
    });
}

function startTraining(
  core: Core,
  flags: TrainFlags,
  command: Command,
  onProgress: (progress: PolicyProgress) => void,
): Promise<PolicyTrainingRun> {
  if (flags.resume !== undefined) {
    const given = Object.keys(flags).filter((key) => command.getOptionValueSource(key) === 'cli');
    const [other] = given.filter((key) => key !== 'resume');
    if (other !== undefined) {
      throw new ForesightError(
        'wrong-use',
        `A training that is resumed keeps its options, so "${other}" cannot be given.`,
        'Leave it out, or start a new training without --resume.',
      );
    }
    const training = flags.resume === true ? undefined : flags.resume;
    return core.policies.trainings.resume(training, onProgress);
  }
  if (flags.rig === undefined) {
    throw new ForesightError(
      'wrong-use',
      'A policy is learned for a rig: the option --rig is missing.',
      'Name one of "foresight rig list", or the folder of its rig.json.',
    );
  }
  const { name, rig, where, episodes, dataset, split, model, from, history, evaluateEvery, seed, engine } =
    flags;
  const asked = {
    ...{ name, rig, where, episodes, dataset, split, model, from, history, evaluateEvery, seed, engine },
    algorithm: algorithmOptions(flags as unknown as Record<string, unknown>),
    evaluation: { episodes: flags.evaluateEpisodes, seed: flags.evaluateSeed },
  };
  return core.policies.trainings.train(checked(PolicyTrainInput, asked, 'policy'), onProgress);
}

/** A bar, begun when the number of steps is known. */
function learnProgress() {
  let bar: Progress | undefined;
  return {
    update: ({ phase, detail, steps, stepsInAll, points, secondsElapsed }: PolicyProgress) => {
      bar ??= startProgress('learning', stepsInAll);
      const newest = points.at(-1)?.return;
      const state = newest === undefined ? `${secondsElapsed.toFixed(1)} s` : `return ${number(newest)}`;
      bar.update(steps, stepsInAll, [phase, detail, state].filter((part) => part !== '').join(' '));
    },
    finish: () => bar?.finish(),
  };
}

function printList(
  out: Output,
  policies: readonly PolicySummary[],
  interrupted: Awaited<ReturnType<typeof listPolicyCheckpoints>>,
): void {
  if (policies.length === 0) out.line('No policy yet. Train one: foresight policy train.');
  else
    out.table(
      ['policy', 'name', 'rig', 'algorithm', 'steps', 'return', 'seconds'],
      policies.map((one) => [
        ...[one.hash.slice(0, 8), one.name, one.rig, one.algorithm.name, String(one.steps)],
        ...[number(one.evaluation?.mean), number(one.trainSeconds, 3)],
      ]),
    );
  if (interrupted.length === 0) return;
  out.line('\nInterrupted trainings; go on with one: foresight policy train --resume <training>');
  out.table(
    ['training', 'rig', 'steps', 'seconds', 'saved'],
    interrupted.map((one) => [
      ...[one.id, one.rig, `${one.steps}/${one.asked.algorithm.steps}`, number(one.secondsElapsed, 3)],
      new Date(one.savedAt).toISOString().slice(0, 19).replace('T', ' '),
    ]),
  );
}

function printPolicy(out: Output, policy: PolicySummary): void {
  out.line(
    `${policy.name} (${policy.hash.slice(0, 8)}): ${policy.algorithm.name} on ${policy.rig}, ` +
      `${policy.steps} steps, ${policy.updates} updates in ${number(policy.trainSeconds, 3)} s`,
  );
  for (const note of policy.notes) out.line(`Note: ${note}`);
  if (policy.evaluation) printEvaluation(out, policy.evaluation);
}

function printEvaluation(out: Output, evaluation: PolicyEvaluation): void {
  const { mean, interval, returns, where, success } = evaluation;
  const between = interval ? ` (95 %: ${number(interval[0])} … ${number(interval[1])})` : '';
  const place = where === 'rig' ? 'on the rig' : `in ${where === 'model' ? 'a model' : 'simulation'}`;
  out.line(`Return ${number(mean)}${between} over ${counted(returns.length, 'episode')} ${place}.`);
  if (success !== undefined) out.line(successWords(success));
}
