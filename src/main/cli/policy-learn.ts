import type { Command } from 'commander';
import type { PolicySummary } from '../../shared/policy';
import { mean, quantile } from '../../shared/statistics';
import { type BareTimer, measureBareTimer } from '../control/bare-timer-client';
import type { JitterSummary } from '../control/jitter';
import type { Core } from '../core';
import type { EpisodeOutcome } from '../core/conductor';
import { hostHere } from '../processes/here-host';
import { addConnectOptions, type ConnectFlags, connect } from './connect';
import { requireWhole } from './cut-short';
import { addAlgorithmOptions, algorithmOptions, integer } from './options';
import { number, type Output } from './output';
import { startProgress } from './progress';
import { withCore } from './with-core';

interface LearnFlags extends ConnectFlags {
  name: string;
  model?: string;
  history?: number;
  most?: number;
  seed: number;
}

/** Adds `policy learn`: a rig learns while it moves. */
export function learnCommand(policy: Command, output: () => Output): void {
  addAlgorithmOptions(
    addConnectOptions(policy.command('learn').description('learns a policy on a rig, while it moves')),
  )
    .option('--name <name>', 'what the policy is called', 'policy')
    .option('--model <model>', 'name or hash of a model, for an algorithm that is to be given one')
    .option(
      '--history <n>',
      'observations in a state; when left out 1 in lockstep, and 2 in real time',
      integer(1),
    )
    .option('--most <n>', "episodes at most; it ends with the algorithm's steps otherwise", integer(1))
    .option('--seed <n>', 'seed of everything random', integer(0), 0)
    .action(async (flags: LearnFlags) => {
      const out = output();
      const algorithm = algorithmOptions(flags as unknown as Record<string, unknown>);
      const { name, model, history, most: episodes, seed } = flags;
      let report: LearnReport | undefined;
      const learn = async (core: Core) => {
        await connect(core, flags, seed);
        const { session, rig } = core.rig.require();
        const realtime = session.mode === 'realtime';
        const timer = realtime ? await measureBareTimer(hostHere(), rig.file.periodSeconds) : null;
        const progress = startProgress('learning', algorithm.steps);
        let steps = 0;
        try {
          const learned = await core.activity.learn(
            { name, algorithm, model, history, episodes, seed, unattended: true },
            { onStep: () => progress.update(++steps, algorithm.steps) },
          );
          progress.finish();
          report = learnReport(learned, realtime ? await realtimeOf(learned.outcomes, timer) : null);
          await requireWhole(core, 'The learning', learned.outcomes);
        } finally {
          timer?.stop();
        }
      };
      try {
        await withCore(out.options, learn);
      } finally {
        if (report) printLearned(out, report);
      }
    });
}

interface Realtime {
  /** Distance of the loop's ticks from their schedule, ms, and of a bare timer's with the same period at the same time. */
  loopP99Ms: number;
  bareTimerP99Ms: number;
  ratio: number;
  /** Steps whose action came late, of how many; and ticks that came a period late or later. */
  missed: number;
  plans: number;
  overruns: number;
}

interface LearnReport {
  policy: PolicySummary | null;
  episodes: { id: number; steps: number; return: number; endedBy: EpisodeOutcome['endedBy'] }[];
  realtime: Realtime | null;
}

const learnReport = (
  { policy, outcomes }: { policy: PolicySummary | null; outcomes: EpisodeOutcome[] },
  realtime: Realtime | null,
): LearnReport => ({
  ...{ policy, realtime },
  episodes: outcomes.map(({ summary: { id, steps }, return: total, endedBy }) => ({
    ...{ id, steps, return: total, endedBy },
  })),
});

async function realtimeOf(outcomes: EpisodeOutcome[], timer: BareTimer | null): Promise<Realtime> {
  const bare: JitterSummary | null = (await timer?.report()) ?? null;
  // Distances, as the bare timer's are: its ticks come early as well.
  const lateness = outcomes.flatMap((outcome) => outcome.latenessMs.map(Math.abs));
  const sum = (of: (outcome: EpisodeOutcome) => number) => outcomes.reduce((all, one) => all + of(one), 0);
  const loopP99Ms = quantile(lateness, 0.99);
  const bareTimerP99Ms = bare?.p99 ?? Number.NaN;
  return {
    ...{ loopP99Ms, bareTimerP99Ms, ratio: loopP99Ms / bareTimerP99Ms },
    missed: sum(({ summary }) => summary.missedPlans),
    plans: sum(({ planMs }) => planMs.length),
    overruns: sum(({ summary }) => summary.overruns),
  };
}

/** Episodes of which the mean is shown as how good it has become. */
const LAST = 10;

function printLearned(out: Output, report: LearnReport): void {
  out.result(report, () => {
    const { policy, episodes, realtime } = report;
    const returns = episodes.map((episode) => episode.return);
    const steps = episodes.reduce((sum, episode) => sum + episode.steps, 0);
    out.line(
      policy
        ? `Policy ${policy.name} (${policy.hash.slice(0, 8)}): ${policy.steps} steps, ${policy.updates} updates.`
        : 'Nothing was learned, and no policy was kept.',
    );
    out.line(
      `${episodes.length} episodes, ${steps} steps; return of the last ${Math.min(LAST, returns.length)}: ${number(mean(returns.slice(-LAST)))}`,
    );
    if (!realtime) return;
    out.table(
      ['loop p99 ms', 'bare timer p99 ms', 'ratio', 'missed', 'actions', 'overruns'],
      [
        [
          ...[number(realtime.loopP99Ms, 3), number(realtime.bareTimerP99Ms, 3), number(realtime.ratio, 3)],
          ...[String(realtime.missed), String(realtime.plans), String(realtime.overruns)],
        ],
      ],
    );
  });
}
