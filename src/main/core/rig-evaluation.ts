import { ForesightError } from '../../shared/errors';
import type { PolicyEvaluation } from '../../shared/policy';
import type { Log } from '../log/types';
import { evaluationOf } from '../policy/evaluate';
import type { Activity, ActivityHooks } from './activity';
import { wasCut } from './conductor';
import { policyOf } from './policy-shelf';

/**
 * Has a policy drive the connected rig for some episodes of its own task, and keeps with it what came of them. They are in the log
 * like any others. Nobody can adjust the run meanwhile.
 * @param asked.policy name or hash @param asked.seed decides the starts of a simulated rig
 * @throws ForesightError stopped where somebody or something ended it: then nothing is kept
 */
export async function evaluateOnRig(
  { activity, log }: { activity: Activity; log: Log },
  asked: { policy: string; episodes: number; seed: number },
  hooks: ActivityHooks = {},
): Promise<PolicyEvaluation> {
  const { summary } = await policyOf(log, asked.policy);
  const { episodes, seed } = asked;
  const run = { driver: 'policy', policy: summary.hash, model: '', task: summary.task } as const;
  const outcomes = await activity.run(
    { ...run, episodes, seed, unattended: true },
    { ...hooks, measured: true },
  );
  const whole = outcomes.filter((outcome) => !wasCut(outcome) && outcome.endedBy !== 'asked');
  if (whole.length < episodes) {
    throw new ForesightError(
      'stopped',
      `${whole.length} of ${episodes} episodes came to their end, so the policy was not evaluated: ${outcomes.at(-1)?.reason ?? 'it was finished before.'}`,
      'Resume the rig and evaluate again.',
    );
  }
  const evaluation = evaluationOf(
    'rig',
    seed,
    whole.map((outcome) => ({
      ...{ return: outcome.return, steps: outcome.summary.steps },
      ...{ terminated: outcome.endedBy === 'termination', success: outcome.success },
    })),
  );
  await log.updatePolicy(summary.hash, { evaluation });
  return evaluation;
}
