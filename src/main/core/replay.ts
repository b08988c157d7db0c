import type { ReplayInput } from '../../shared/contract';
import type { EpisodeColumns, EpisodeSummary, StepRow } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { actionFor, drivenJoints, standingAction } from '../../shared/joint-goals';
import type { Rig, RigFile } from '../../shared/rig';
import type { RigSession } from '../control/rig-session';
import type { Log } from '../log/types';
import type { EpisodeOrder } from './conductor';
import type { RigDesk } from './rig-desk';
import { SoftStart } from './teleop/soft-start';

const LEASE_SECONDS = 0.3;
/** How often a goal on the way to the start is renewed. */
const APPROACH_MS = 40;
/** The way to the start may take so much longer than it would at its speed. */
const PATIENCE_SECONDS = 10;
/** A joint that has moved by no more than this, rad or m, for so long stands. */
const STILL = 0.01;
const STILL_MS = 300;

/** A channel that is compared with what was recorded. */
interface Compared {
  name: string;
  unit: string;
  index: number;
  angle: boolean;
  /** In the channel's unit. */
  allowed: number;
}

interface Difference {
  channel: Compared;
  by: number;
  step: number;
}

/** A recorded episode that is played again: its actions, and how what is measured differs from what was measured then. */
export class Replay {
  #largest: Difference | null = null;
  /** What has gone too far, and made the rig hold. */
  #diverged: Difference | null = null;

  /** Where its joints stood, and since when, monotonic ms. */
  #stood: { joints: number[]; since: number } | undefined;

  private constructor(
    private readonly input: ReplayInput,
    private readonly rig: Rig,
    private readonly session: RigSession,
    private readonly desk: RigDesk,
    private readonly recorded: { summary: EpisodeSummary; columns: EpisodeColumns; seed: number | null },
    private readonly compared: readonly Compared[],
  ) {}

  /** @throws ForesightError not-found; wrong-use: the episode is of other channels, or has no action */
  static async open(
    input: ReplayInput,
    rig: Rig,
    session: RigSession,
    desk: RigDesk,
    log: Log,
  ): Promise<Replay> {
    const summary = await log.episode(input.episode);
    requireSame(summary, rig.file);
    const columns = await log.columns(input.episode);
    if (columns.rows < 2) {
      throw new ForesightError(
        'wrong-use',
        `Episode ${input.episode} has no action that could be played again.`,
        'Choose one with steps.',
      );
    }
    const { seed } = await log.origin(input.episode);
    const compared = comparedChannels(input, rig.file, columns);
    return new Replay(input, rig, session, desk, { summary, columns, seed }, compared);
  }

  /**
   * Brings joints that can be told a place to where the episode began.
   * @returns [actions] what it stands at then; undefined for a rig that a reset brings to its start
   */
  async approach(permit: AbortSignal): Promise<number[] | undefined> {
    const { file } = this.rig;
    if (this.session.mode === 'lockstep' || file.driver === 'mujoco' || drivenJoints(file).length === 0)
      return;
    const start = new SoftStart(file, this.input.approachSpeed);
    const first = this.#recordedAt(0);
    const wanted = start.joints.map(({ observation }) => first[observation]);
    let action: number[] | undefined;
    let before = performance.now();
    let deadline: number | undefined;
    for (;;) {
      permit.throwIfAborted();
      const now = performance.now();
      const { newest } = this.desk;
      if (newest) {
        action ??= standingAction(file, newest);
        const way = start.joints.map(({ observation }, i) =>
          Math.abs((wanted[i] ?? 0) - (newest[observation] ?? 0)),
        );
        deadline ??= now + 1000 * ((2 * Math.max(...way)) / this.input.approachSpeed + PATIENCE_SECONDS);
        const { goals, reached, farthest } = start.step(wanted, newest, (now - before) / 1000);
        action = actionFor(start.joints, goals, newest, action, file.periodSeconds);
        this.desk.jog(action, Math.max(LEASE_SECONDS, file.safety.watchdogSeconds), { thenHold: true });
        if (reached && this.#stands(newest, now)) return action;
        if (now > deadline) {
          await this.desk.hold('It did not reach where the episode began.');
          throw new ForesightError(
            'rig-refused',
            `The rig did not reach where episode ${this.input.episode} began: ${farthest?.joint ?? 'a joint'} is ${farthest?.away.toFixed(2) ?? '?'} away.`,
            'Look for what is in the way, then resume and begin again.',
          );
        }
      }
      before = now;
      await new Promise((resolve) => setTimeout(resolve, APPROACH_MS));
    }
  }

  /** Whether its joints have not moved for some time. */
  #stands(observation: readonly number[], now: number): boolean {
    const joints = drivenJoints(this.rig.file).map((joint) => observation[joint.observation] ?? 0);
    const stood = this.#stood;
    if (!stood || joints.some((place, i) => Math.abs(place - (stood.joints[i] ?? 0)) > STILL)) {
      this.#stood = { joints, since: now };
      return false;
    }
    return now - stood.since >= STILL_MS;
  }

  order(
    stay: number[] | undefined,
  ): Omit<EpisodeOrder, 'session' | 'log' | 'telemetry' | 'rig' | 'task' | 'permit'> {
    const { columns, seed, summary } = this.recorded;
    const steps = columns.rows - 1;
    const width = this.rig.file.actions.length;
    const actions = Array.from({ length: steps }, (_, step) => [
      ...columns.actions.subarray(step * width, (step + 1) * width),
    ]);
    const when = new Date(summary.startedAt).toISOString().slice(0, 16).replace('T', ' ');
    return {
      ...{ planner: null, run: null, source: 'replay', maxSteps: steps, useTermination: false },
      controller: { kind: 'replay', actions },
      seed: seed ?? 0,
      ...(stay && { stay }),
      notes: [
        `Replay of episode ${summary.id}, recorded ${when} UTC with ${steps} actions; it holds where a channel differs by more than ${percent(this.input.limit)} of its range.`,
      ],
      lastNotes: () => this.#findings(),
      onRow: (row) => this.#compare(row),
    };
  }

  #compare(row: StepRow): void {
    if (this.#diverged) return;
    const then = this.#recordedAt(row.step);
    for (const channel of this.compared) {
      const difference = (row.observation[channel.index] ?? Number.NaN) - (then[channel.index] ?? Number.NaN);
      const by = Math.abs(
        channel.angle ? Math.atan2(Math.sin(difference), Math.cos(difference)) : difference,
      );
      if (!Number.isFinite(by)) continue;
      const found = { channel, by, step: row.step };
      if (!this.#largest || by / channel.allowed > this.#largest.by / this.#largest.channel.allowed) {
        this.#largest = found;
      }
      if (by > channel.allowed && !this.#diverged) this.#diverged = found;
    }
    if (this.#diverged) {
      // What was not confirmed is in the state.
      this.desk.hold(this.#sentence(this.#diverged)).catch(() => undefined);
    }
  }

  #sentence({ channel: { name, unit, allowed }, by, step }: Difference): string {
    return `${name} differs from episode ${this.input.episode} by ${show(by)} ${unit} at step ${step}, more than ${show(allowed)} ${unit}.`;
  }

  #findings(): string[] {
    if (this.#diverged) return [`Diverged: ${this.#sentence(this.#diverged)}`];
    if (!this.#largest) return [];
    const { channel, by, step } = this.#largest;
    return [
      `Largest difference from episode ${this.input.episode}: ${channel.name}, ${show(by)} ${channel.unit} at step ${step}, of ${show(channel.allowed)} ${channel.unit} allowed.`,
    ];
  }

  /** [observations] */
  #recordedAt(step: number): Float64Array {
    const width = this.rig.file.observations.length;
    return this.recorded.columns.observations.subarray(step * width, (step + 1) * width);
  }
}

function requireSame(summary: EpisodeSummary, rig: RigFile): void {
  const refuse = (why: string): never => {
    throw new ForesightError(
      'wrong-use',
      `Episode ${summary.id} cannot be played on "${rig.name}": ${why}`,
      `Connect the rig "${summary.rig}", which it was recorded on, or choose an episode of this one.`,
    );
  };
  const differs = (
    now: readonly { name: string; unit: string }[],
    then: readonly { name: string; unit: string }[],
  ) =>
    now.length !== then.length ||
    now.some(({ name, unit }, i) => name !== then[i]?.name || unit !== then[i]?.unit);
  if (differs(rig.actions, summary.actions)) refuse('it has other actions.');
  if (differs(rig.observations, summary.observations)) refuse('it has other observations.');
  if (Math.abs(summary.periodSeconds / rig.periodSeconds - 1) > 1e-6) {
    refuse(`its steps are ${summary.periodSeconds} s long, those of the rig ${rig.periodSeconds} s.`);
  }
}

function comparedChannels(input: ReplayInput, rig: RigFile, columns: EpisodeColumns): Compared[] {
  const { channels, limit } = input;
  const names = rig.observations.map(({ name }) => name);
  const stray = channels?.find((name) => !names.includes(name));
  if (stray !== undefined) {
    throw new ForesightError(
      'wrong-use',
      `"${rig.name}" observes no channel "${stray}".`,
      `Its channels are: ${names.join(', ')}.`,
    );
  }
  return rig.observations.flatMap(({ name, unit, angle, limits, servo }, index) => {
    if (channels ? !channels.includes(name) : servo && servo.quantity !== 'position') return [];
    const span = limits ? limits[1] - limits[0] : recordedSpan(columns, index, names.length);
    // Of a channel that stood still and has no limits nothing is known that it could be compared by.
    const range = angle && !limits ? 2 * Math.PI : span;
    return range > 0 ? [{ name, unit: unit === '1' ? '' : unit, index, angle, allowed: limit * range }] : [];
  });
}

function recordedSpan(columns: EpisodeColumns, index: number, width: number): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < columns.rows; row++) {
    const value = columns.observations[row * width + index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high - low;
}

const show = (value: number) => Number(value.toPrecision(3)).toString();
const percent = (share: number) => `${show(100 * share)} %`;
