import type { Command } from 'commander';
import { evaluateOnRig } from '../core/rig-evaluation';
import { addConnectOptions, type ConnectFlags, connect } from './connect';
import { integer } from './options';
import { number, type Output, successWords } from './output';
import { startProgress } from './progress';
import { withCore } from './with-core';

/** Adds `policy evaluate-on-rig`: returns of a policy on the rig itself, with the interval that their mean lies in. */
export function evaluateOnRigCommand(policy: Command, output: () => Output): void {
  addConnectOptions(
    policy
      .command('evaluate-on-rig')
      .argument('<policy>', 'name or hash of a policy')
      .description('has a policy drive a rig for some episodes, without exploring'),
  )
    .option('--episodes <n>', 'episodes, one after another', integer(1), 10)
    .option('--seed <n>', 'decides the starts of a simulated rig', integer(0), 0)
    .action(async (wanted: string, flags: ConnectFlags & { episodes: number; seed: number }) => {
      const out = output();
      const { episodes, seed } = flags;
      const evaluation = await withCore(out.options, async (core) => {
        await connect(core, flags, seed);
        const progress = startProgress('evaluating', episodes);
        let done = 0;
        const result = await evaluateOnRig(
          core,
          { policy: wanted, episodes, seed },
          { onEpisode: () => progress.update(++done, episodes) },
        );
        progress.finish();
        return result;
      });
      out.result(evaluation, () => {
        const { mean, interval, returns, steps, success } = evaluation;
        const range = interval ? ` (95 %: ${number(interval[0])} to ${number(interval[1])})` : '';
        out.line(`Mean return of ${returns.length} episodes on the rig: ${number(mean)}${range}.`);
        if (success !== undefined) out.line(successWords(success));
        out.table(
          ['steps', 'return'],
          returns.map((value, i) => [String(steps[i]), number(value)]),
        );
      });
    });
}
