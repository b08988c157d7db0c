import type { EpisodeSummary, StepRow } from '../../shared/episode';
import { asForesightError, ForesightError } from '../../shared/errors';
import type { Rig } from '../../shared/rig';
import type { ControllerSpec, TickMessage } from '../control/messages';
import type { RigSession } from '../control/rig-session';
import type { Log } from '../log/types';
import type { CompiledTask } from '../task';
import { channelInfos } from './channels';
import type { EpisodePlanner } from './episode-planner';
import type { Telemetry } from './telemetry';

export interface EpisodeOrder {
  session: RigSession;
  log: Log;
  telemetry: Telemetry;
  rig: Rig;
  /** Asked at every step: a run's task may be exchanged while an episode goes on. */
  task: () => CompiledTask;
  controller: ControllerSpec;
  /** Makes the plans of a `planned` controller. */
  planner: EpisodePlanner | null;
  source: EpisodeSummary['source'];
  run: number | null;
  maxSteps: number;
  useTermination: boolean;
  /** Decides the start state of a simulated plant, and is recorded. */
  seed: number;
  onStep?(step: number, returnSoFar: number): void;
  /** Every row as it was written. */
  onRow?(row: StepRow, episode: number): void;
  /** Lockstep: what a plan waits for before it is asked for. Real time waits for nothing. */
  beforePlan?(): Promise<void>;
  /** The last row was written; nothing more goes into the episode. */
  onOver?(): void;
}

export interface EpisodeOutcome {
  summary: EpisodeSummary;
  return: number;
  endedBy: 'termination' | 'step limit' | 'asked' | 'stopped' | 'held' | 'fault';
  /** Why it ended, as a sentence. */
  reason: string;
  error: ForesightError | null;
  planMs: number[];
  latenessMs: number[];
}

export interface RunningEpisode {
  id: number;
  done: Promise<EpisodeOutcome>;
  finish(): void;
  discard(): void;
}

/**
 * Conducts one episode: the rig process ticks, this decides rewards and the end, asks for plans, and records.
 * In real time the loop never waits for anything here; in lockstep it waits for every decision.
 */
export async function conductEpisode(order: EpisodeOrder): Promise<RunningEpisode> {
  const { session, log, telemetry, rig } = order;
  const id = await log.beginEpisode({
    rig: rig.file.name,
    rigFile: rig.file,
    source: order.source,
    periodSeconds: rig.file.periodSeconds,
    ...channelInfos(rig),
    run: order.run,
    seed: order.seed,
  });
  telemetry.clearSamples();

  let before: { observation: number[]; action: number[] } | undefined;
  let total = 0;
  let over: EpisodeOutcome['endedBy'] | undefined;
  let discarded = false;
  let finished = false;
  const arrivals = new Map<number, { reward: number; over: EpisodeOutcome['endedBy'] | undefined }>();
  const counts = { missed: 0, overruns: 0, guard: 0, plans: 0 };
  const planMs: number[] = [];
  const latenessMs: number[] = [];

  /** Reward and end of the episode on arriving at step `step`; asked once a step. */
  const arrive = (step: number, observation: number[]) => {
    const known = arrivals.get(step);
    if (known) return known;
    let reward = 0;
    let ends: EpisodeOutcome['endedBy'] | undefined;
    if (before) {
      const task = order.task();
      reward = task.reward(before.observation, before.action, observation);
      if (order.useTermination && task.terminated(before.observation, before.action, observation)) {
        ends = 'termination';
      }
    }
    if (ends === undefined && step >= order.maxSteps) ends = 'step limit';
    const arrival = { reward, over: ends };
    arrivals.set(step, arrival);
    arrivals.delete(step - 2);
    return arrival;
  };

  const write = (tick: TickMessage, last: boolean, reward: number) => {
    const none = () => order.rig.file.actions.map(() => Number.NaN);
    const action = last ? none() : tick.action;
    const plan = last ? undefined : order.planner?.rememberedOf(tick.planId);
    const row: StepRow = {
      step: tick.step,
      hostSeconds: tick.hostSeconds,
      deviceSeconds: tick.deviceSeconds,
      observation: tick.observation,
      action,
      requested: last ? none() : tick.requested,
      reward,
      latenessSeconds: tick.latenessSeconds,
      planMs: last ? Number.NaN : tick.planMs,
      missed: !last && tick.missed ? 1 : 0,
      ...plan,
    };
    log.appendRows(id, [row], tick.events);
    latenessMs.push(tick.latenessSeconds * 1000);
    if (!last) before = { observation: tick.observation, action: tick.action };
    show(tick, row);
    order.onStep?.(tick.step, total);
    order.onRow?.(row, id);
  };

  const show = (tick: TickMessage, row: StepRow) => {
    if (row.missed) counts.missed++;
    for (const event of tick.events) {
      if (event.kind === 'overrun') counts.overruns++;
      if (event.kind === 'guard-clip' || event.kind === 'guard-rate') counts.guard++;
    }
    if (row.prediction !== undefined && Number.isFinite(row.planMs)) {
      counts.plans++;
      planMs.push(row.planMs);
    }
    telemetry.publish({ kind: 'counts', counts: { ...counts } });
    if (tick.events.length > 0) telemetry.publish({ kind: 'events', events: tick.events });
    telemetry.publish({
      kind: 'sample',
      sample: {
        seconds: tick.hostSeconds,
        episode: id,
        step: tick.step,
        observation: tick.observation,
        action: row.action,
        reward: row.reward,
        latenessMs: tick.latenessSeconds * 1000,
        planMs: row.planMs,
        missed: row.missed === 1,
      },
    });
    telemetry.publish({
      kind: 'activity',
      activity: {
        ...telemetry.activity,
        kind: order.planner ? 'running' : 'recording',
        episode: id,
        step: tick.step,
        maxSteps: order.maxSteps,
        return: total,
      },
    });
  };

  const sendPlan = (plan: Parameters<RigSession['plan']>[0]) => {
    if (!finished) session.plan(plan);
  };

  /** In real time the rig must know from when on it may expect plans. */
  const controller = (): ControllerSpec => {
    if (order.controller.kind !== 'planned' || !order.planner || session.mode !== 'realtime') {
      return order.controller;
    }
    return { ...order.controller, firstPlannedStep: order.planner.firstPlannedStep };
  };

  const done = new Promise<EpisodeOutcome>((resolve, reject) => {
    const subscriptions = [
      session.onAwaiting((message) => {
        if (message.episode !== id || over) return;
        const arrival = arrive(message.step, message.observation);
        if (arrival.over) {
          over = arrival.over;
          session.end(id);
        } else if (order.planner) {
          const { planner } = order;
          const ready = order.beforePlan?.() ?? Promise.resolve();
          ready
            .then(() => planner.planFor(message.step, message.observation, id))
            .then(sendPlan)
            .catch(fail);
        } else session.next(id);
      }),
      session.onTick((tick) => {
        // In real time a tick or two may still come after the end was asked for; the episode ended before them.
        if (tick.episode !== id || finished) return;
        order.planner?.observed(tick);
        if (session.mode === 'lockstep') {
          const arrival = arrive(tick.step, tick.observation);
          total += arrival.reward;
          write(tick, tick.last, arrival.reward);
          if (tick.last) {
            over ??= arrival.over;
            finished = true;
          }
          return;
        }
        const arrival = arrive(tick.step, tick.observation);
        total += arrival.reward;
        if (arrival.over || tick.last) {
          over ??= arrival.over;
          write(tick, true, arrival.reward);
          finished = true;
          if (!tick.last) session.end(id);
          return;
        }
        write(tick, false, arrival.reward);
        order.planner?.planAhead(tick, id, rig.file.actions, sendPlan).catch(fail);
      }),
      session.onEnded((message) => {
        if (message.episode !== id) return;
        const endedBy = over ?? (message.reason === 'asked' ? 'asked' : message.reason);
        const error = message.error ? ForesightError.fromShape(message.error) : null;
        if (message.events.length > 0) {
          log.appendRows(id, [], message.events);
          telemetry.publish({ kind: 'events', events: message.events });
        }
        finish(endedBy, message.message, error);
      }),
    ];
    let settled = false;
    const settle = () => {
      if (settled) return false;
      settled = true;
      finished = true;
      order.onOver?.();
      for (const subscription of subscriptions) subscription.dispose();
      return true;
    };
    const finish = (endedBy: EpisodeOutcome['endedBy'], reason: string, error: ForesightError | null) => {
      if (!settle()) return;
      const why = error?.message ?? endSentence(endedBy) ?? reason;
      const cut = endedBy === 'stopped' || endedBy === 'held' || endedBy === 'fault';
      log
        .endEpisode(id, {
          state: discarded ? 'discarded' : cut ? 'interrupted' : 'complete',
          terminated: endedBy === 'termination',
          reason: why,
        })
        .then(
          (summary) => resolve({ summary, return: total, endedBy, reason: why, error, planMs, latenessMs }),
          reject,
        );
    };
    /** Ours to end: no plan can be had, or the rig would not begin. The rig is brought to hold first. */
    const fail = (error: unknown) => {
      if (!settle()) return;
      const held = session.hold().catch((unconfirmed: unknown) => unconfirmed);
      session.end(id);
      const reason = asForesightError(error).message;
      log
        .endEpisode(id, { state: 'interrupted', terminated: false, reason })
        .then(() => held)
        .then(() => reject(error), reject);
    };
    order.planner?.begin();
    session
      .begin({ episode: id, controller: controller(), resetSeed: order.seed, maxSteps: order.maxSteps })
      .catch(fail);
  });

  return {
    id,
    done,
    finish: () => session.end(id),
    discard: () => {
      discarded = true;
      session.end(id);
    },
  };
}

/** What ended it, where this side decided; null where the rig process has the better sentence. */
function endSentence(endedBy: EpisodeOutcome['endedBy']): string | null {
  if (endedBy === 'termination') return 'The task ended it.';
  if (endedBy === 'step limit') return 'It reached its step limit.';
  return null;
}
