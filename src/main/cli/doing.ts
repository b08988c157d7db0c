import type { Command } from 'commander';
import type { RunInput } from '../../shared/contract';
import { ForesightError } from '../../shared/errors';
import { wantsGuide } from '../../shared/plan';
import { followedJoints, LeaderOptions } from '../../shared/teleop';
import type { Core } from '../core';
import type { ActivityHooks } from '../core/activity';
import { type EpisodeOutcome, wasCut } from '../core/conductor';
import { addConnectOptions, type ConnectFlags, connect } from './connect';
import { requireWhole } from './cut-short';
import {
  addExcitationOptions,
  addPlannerOptions,
  checked,
  collected,
  excitationOptions,
  integer,
  plannerOptions,
  real,
} from './options';
import { number, type Output } from './output';
import { startProgress } from './progress';
import { withCore } from './with-core';

export function doingCommands(program: Command, output: () => Output): void {
  addExcitationOptions(
    addConnectOptions(
      program.command('record').description('records episodes of a rig that is moved at random'),
    ),
  )
    .option('--episodes <n>', 'episodes, one after another', integer(1), 1)
    .option('--max-steps <n>', "steps an episode has at most; the task's when left out", integer(1))
    .option('--no-termination', "does not end an episode where the task's termination is true")
    .option('--hold-steps <n>', 'uniform: a new action every so many steps', integer(1), 1)
    .option('--amplitude <share>', 'share of the action range that is used', real(0.001, 1), 1)
    .option('--seed <n>', 'seed of everything random', integer(0), 0)
    .option('--leader <rig>', 'a second rig: the first does what it does, once it has gone to its pose')
    .option('--leader-port <port>', 'where the leader is; as of its rig when left out')
    .option(
      '--joint <follower=leader:scale:offset>',
      'which joint follows which, where names differ (elbow=elbow_flex:-1:0.2); may be given several times',
      collected,
    )
    .option('--approach-speed <speed>', "how fast it goes to the leader's pose, rad/s", real(0.01, 10), 0.5)
    .action(async (flags: ConnectFlags & RecordFlags) => {
      const { episodes, maxSteps, termination: useTermination, holdSteps, amplitude, seed } = flags;
      const input = {
        ...{ episodes, maxSteps, useTermination, holdSteps, amplitude, seed },
        ...excitationOptions(flags as unknown as Record<string, unknown>),
      };
      const { leader } = flags;
      if (leader === undefined) {
        await doEpisodes(output(), 'recording', flags, ({ activity }, hooks) =>
          activity.record(input, hooks),
        );
        return;
      }
      const options = leaderOptions(flags);
      // No hand moves in lockstep.
      await doEpisodes(output(), 'recording', { ...flags, realtime: true }, async (core, hooks) => {
        const status = await core.teleop.connect(leader, flags.leaderPort, options);
        process.stderr.write(`${status?.title ?? leader}: ${status?.reason ?? ''}\n`);
        return core.activity.record({ ...input, drive: { by: 'leader' } }, hooks);
      });
    });

  program
    .command('replay <rig> <episode>')
    .description('plays what was executed in an episode again, compares, and holds where it goes another way')
    .option('--port <port>', 'serial port, "auto" or "simulated"')
    .option('--realtime', "at the rig's own pace; a serial rig always is", false)
    .option('--limit <share>', 'how far a channel may be off, as a share of its range', real(0.001, 10), 0.2)
    .option('--channels <names>', 'channels that are compared, with commas between')
    .option('--approach-speed <speed>', 'how fast joints go to where it began, rad/s', real(0.01, 10), 0.5)
    .action(async (rig: string, id: string, flags: Omit<ConnectFlags, 'rig'> & ReplayFlags) => {
      const { limit, approachSpeed, channels } = flags;
      const input = {
        ...{ episode: integer(1)(id), limit, approachSpeed },
        ...(channels !== undefined && { channels: channels.split(',').map((name) => name.trim()) }),
      };
      const named = { ...flags, rig, episodes: 1, seed: 0 };
      const work = ({ activity }: Core, hooks: ActivityHooks) => activity.replay(input, hooks);
      // A rig is not asked to get ready for an episode that is not there.
      await doEpisodes(output(), 'replaying', named, work, (core) => core.log.episode(input.episode));
    });

  addPlannerOptions(
    addConnectOptions(
      program.command('run').description('lets a planner with a learned model drive a rig, or a policy'),
    ),
  )
    .option(
      '--model <model>',
      'name or hash of a model of the workspace; none is needed with --dynamics simulator, or with --policy',
    )
    .option(
      '--policy <policy>',
      'name or hash of a policy of the workspace; it drives, or serves a planner with --terminal-value or --proposals',
    )
    .option(
      '--explore',
      'the policy acts with the spread that it learned, for episodes to learn from; by its mean when left out',
      false,
    )
    .option('--episodes <n>', 'episodes, one after another', integer(1), 1)
    .option('--seed <n>', 'seed of everything random', integer(0), 0)
    .action(async (flags: ConnectFlags & RunFlags) => {
      const { policy = null, explore, episodes, seed } = flags;
      const options = plannerOptions(flags as unknown as Record<string, unknown>);
      const model = policy === null ? modelFor(options.dynamics, flags.model) : (flags.model ?? '');
      // A planner that is to use a policy drives itself.
      const driver = policy === null || wantsGuide(options.planner) ? 'planner' : 'policy';
      const input = { driver, policy, model, explore, ...options, episodes, seed } as const;
      await doEpisodes(output(), 'running', flags, ({ activity }, hooks) => activity.run(input, hooks));
    });
}

const NAMES = { recording: 'The recording', running: 'The run', replaying: 'The replay' };

/**
 * Episodes on the rig that the flags name. What came of them is shown also where they ended early.
 * @throws ForesightError what ended them early; `stopped` where the rig was brought to hold
 */
async function doEpisodes(
  out: Output,
  what: keyof typeof NAMES,
  flags: ConnectFlags & { episodes: number; seed: number },
  work: (core: Core, hooks: ActivityHooks) => Promise<EpisodeOutcome[]>,
  before?: (core: Core) => Promise<unknown>,
): Promise<void> {
  const outcomes: EpisodeOutcome[] = [];
  try {
    await withCore(out.options, async (core) => {
      await before?.(core);
      await connect(core, flags, flags.seed);
      const progress = startProgress(what, flags.episodes);
      const onEpisode = (outcome: EpisodeOutcome) => {
        outcomes.push(outcome);
        if (!wasCut(outcome)) progress.update(outcomes.length, flags.episodes);
      };
      try {
        await work(core, { onEpisode });
      } finally {
        progress.finish();
      }
      await requireWhole(core, NAMES[what], outcomes);
    });
  } finally {
    if (outcomes.length > 0) printEpisodes(out, outcomes);
  }
}

/** @throws ForesightError wrong-use when a learned model shall predict and none is named */
function modelFor(dynamics: RunInput['dynamics'], model: string | undefined): string {
  if (model !== undefined) return model;
  if (dynamics === 'simulator') return '';
  throw new ForesightError(
    'wrong-use',
    'A run needs a model to plan with: the option --model is missing.',
    'Name one of "foresight models" or a policy (--policy), or plan on the rig\'s own simulator with --dynamics simulator.',
  );
}

interface RunFlags {
  model?: string;
  policy?: string;
  explore: boolean;
  episodes: number;
  seed: number;
}

interface ReplayFlags {
  limit: number;
  channels?: string;
  approachSpeed: number;
}

/** @throws ForesightError wrong-use: a joint that is not written as the help says */
function leaderOptions({ joint = [], approachSpeed }: RecordFlags): LeaderOptions {
  const joints = followedJoints(joint.join(' '));
  if (!joints) {
    throw new ForesightError(
      'wrong-use',
      `--joint takes FOLLOWER=LEADER:SCALE:OFFSET, found "${joint.join(' ')}".`,
      'Write for example --joint elbow=elbow_flex:-1:0.2; scale and offset may be left out.',
    );
  }
  return checked(LeaderOptions, { joints, approachSpeed }, 'leader');
}

interface RecordFlags {
  leader?: string;
  leaderPort?: string;
  joint?: string[];
  approachSpeed: number;
  episodes: number;
  maxSteps?: number;
  termination: boolean;
  holdSteps: number;
  amplitude: number;
  seed: number;
}

function printEpisodes(out: Output, outcomes: EpisodeOutcome[]): void {
  const episodes = outcomes.map((o) => ({
    ...o.summary,
    ...{ return: o.return, endedBy: o.endedBy, success: o.success, successShare: o.successShare },
  }));
  const judged = episodes.filter(({ success }) => success !== null);
  out.result({ episodes }, () => {
    out.table(
      [
        ...['episode', 'steps', 'return', 'ended by', 'missed plans', 'overruns', 'guard'],
        ...(judged.length > 0 ? ['success', 'success, % of steps'] : []),
      ],
      episodes.map((e) => [
        ...[String(e.id), String(e.steps), number(e.return), e.endedBy],
        ...[String(e.missedPlans), String(e.overruns), String(e.guardInterventions)],
        ...(judged.length > 0 ? [truthWord(e.success), number(percent(e.successShare), 3)] : []),
      ]),
    );
    if (judged.length < 2) return;
    const successes = judged.filter(({ success }) => success).length;
    out.line(`Success in ${successes} of ${judged.length} episodes.`);
  });
}

const truthWord = (truth: boolean | null) => (truth === null ? '–' : truth ? 'yes' : 'no');
const percent = (share: number | null) => (share === null ? null : 100 * share);
