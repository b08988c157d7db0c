import { useSyncExternalStore } from 'react';
import { create } from 'zustand';
import type { CalibrationProgress } from '../../shared/calibration';
import type { EpisodeEvent } from '../../shared/episode';
import type { JobState } from '../../shared/model';
import type {
  ActionView,
  ActivityState,
  LearningState,
  PlanView,
  RigStatus,
  TelemetryBatch,
} from '../../shared/telemetry';
import { PlanHistory } from './forecast';
import { SampleRing } from './ring';

/** Rows of the live view that are kept: a minute at 100 Hz. */
const CAPACITY = 6000;
const EVENTS_KEPT = 200;
/** Numbers in React change at most this often, ms. */
const SLOW_MS = 250;
/** Between two of those that write text. */
const TURN_MS = 20;

export interface LiveEvent extends EpisodeEvent {
  /** Counts the events of this window, for keys. */
  id: number;
}

export interface LiveStore {
  status: RigStatus | null;
  activity: ActivityState | null;
  counts: { missed: number; overruns: number; guard: number; plans: number };
  events: LiveEvent[];
  /** Events with a larger id are of the newest run or recording. */
  eventsBefore: number;
  jobs: JobState[];
  /** The policy that is learned on the rig, or was by the run that ended last. */
  learning: LearningState | null;
  /** A calibration of the connected rig, from its beginning until its result was put away. */
  calibrating: CalibrationProgress | null;
  /** The rig that was lost, until it is connected again or put away; what it sent last is kept for that long. */
  lost: LostRig | null;
  /** The run that ended last, until another begins or it is put away. */
  ran: EndedRun | null;
  /** True while samples arrive, i.e. there is something to plot. */
  hasSamples: boolean;
  hasPlan: boolean;
}

export interface LostRig {
  rig: string;
  /** Why, as a sentence. */
  reason: string;
}

/** A run as it stood when it ended; what it came to is in the log, under its episodes. */
export interface EndedRun {
  rig: string;
  /** The episode in hand at its end. */
  episode: number;
  model: string | null;
  planner: string | null;
  /** A policy was learned by it. */
  learned: boolean;
  /** Episodes begun and wanted. */
  begun: number;
  wanted: number;
}

const nothing: LiveStore = {
  status: null,
  activity: null,
  counts: { missed: 0, overruns: 0, guard: 0, plans: 0 },
  events: [],
  eventsBefore: 0,
  jobs: [],
  learning: null,
  calibrating: null,
  lost: null,
  ran: null,
  hasSamples: false,
  hasPlan: false,
};

/** What the streams said last, for React: phases and activities at once, mere numbers at most four times a second. */
export const useLive = create<LiveStore>(() => nothing);

/** The fast half, outside React. */
export const live = {
  ring: new SampleRing(CAPACITY, 0, 0),
  /** The same as the run that ended last left it: what the rig sends afterwards would push its rows out within a minute or two. */
  kept: null as SampleRing | null,
  plans: new PlanHistory(),
  /** Newest plan, also kept for drawing after its episode ended. */
  plan: null as PlanView | null,
  /** What the one that thinks along would do: with the futures it sees, or without a model its action alone. */
  beside: null as PlanView | ActionView | null,
  /** What a policy without a model did last, oldest first. */
  acted: [] as ActionView[],
  /** When the core was heard last over the stream or by an answer about the rig, ms since 1970; null before that. */
  heardAt: null as number | null,
  /** What changed about a run and is marked in its plots, oldest first. */
  marks: [] as LiveMark[],
};

/** What the room of the run draws from: the rig as it is, or the run that ended as it was. */
export const shownRing = (): SampleRing => live.kept ?? live.ring;

const MARKED = ['plant-changed', 'model-swapped', 'adjusted'] as const;
const MARKS_KEPT = 100;
/** Actions without futures that are looked at together: two seconds of the stream at most. */
const ACTED_KEPT = 60;

export interface LiveMark {
  kind: (typeof MARKED)[number];
  episode: number | null;
  step: number;
}

const isMarked = (kind: EpisodeEvent['kind']): kind is LiveMark['kind'] =>
  (MARKED as readonly string[]).includes(kind);

const fast = new Set<() => void>();
/** Calls `listener` after every batch; it must do no more than mark something for drawing. */
export function onBatch(listener: () => void): () => void {
  fast.add(listener);
  return () => fast.delete(listener);
}

const slow = new Set<() => void>();
/** Calls `listener` at most four times a second while batches come, for numbers written as text. */
export function onSlowTick(listener: () => void): () => void {
  slow.add(listener);
  return () => slow.delete(listener);
}

/** A value of the fast half for React, read at most four times a second; plain values, as they are compared by identity. */
export function useSlow<T extends number | string | boolean | null>(read: () => T): T {
  return useSyncExternalStore(onSlowTick, read, read);
}

let pending: Partial<LiveStore> = {};
let newEvents: LiveEvent[] = [];
let eventCount = 0;
let lastFlush = 0;
let timer: number | undefined;
const turns = new Set<() => void>();
let turn: number | undefined;

function flush(): void {
  window.clearTimeout(timer);
  timer = undefined;
  lastFlush = performance.now();
  const next: Partial<LiveStore> = pending;
  if (newEvents.length > 0) {
    next.events = [...newEvents.reverse(), ...useLive.getState().events].slice(0, EVENTS_KEPT);
  }
  pending = {};
  newEvents = [];
  useLive.setState(next);
  for (const listener of slow) turns.add(listener);
  if (turn === undefined && turns.size > 0) takeTurn();
}

/**
 * Slow listeners one after the other, a frame apart: text that is laid out anew in several panels at once would make one
 * long frame four times a second.
 */
function takeTurn(): void {
  turn = undefined;
  const [listener] = turns;
  if (listener === undefined) return;
  turns.delete(listener);
  if (slow.has(listener)) listener();
  if (turns.size > 0) turn = window.setTimeout(takeTurn, TURN_MS);
}

function flushSoon(urgent: boolean): void {
  const wait = SLOW_MS - (performance.now() - lastFlush);
  if (urgent || wait <= 0) flush();
  else if (timer === undefined) timer = window.setTimeout(flush, wait);
}

/** Whether a person must see the change from `before` to `after` now rather than within a quarter of a second. */
export function statusIsUrgent(before: RigStatus | null, after: RigStatus): boolean {
  return (
    before === null ||
    before.connected !== after.connected ||
    before.rig !== after.rig ||
    before.link.phase !== after.link.phase ||
    before.link.reason !== after.link.reason ||
    before.link.readback?.torque !== after.link.readback?.torque ||
    before.link.readback?.halted !== after.link.readback?.halted
  );
}

export function activityIsUrgent(before: ActivityState | null, after: ActivityState): boolean {
  return before === null || before.kind !== after.kind || before.episode !== after.episode;
}

/** The run that an activity was, as another takes its place; null where it was none or had no episode yet. */
export function endedRun(before: ActivityState, rig: string): EndedRun | null {
  const { kind, episode, model, planner, done, wanted } = before;
  if (kind !== 'running' || episode === null) return null;
  const learned = isLearning(before);
  return { rig, episode, model, planner, learned, begun: Math.min(done + 1, wanted), wanted };
}

/** Is a policy learned on the rig? Then one drives that nobody has named. */
export function isLearning({ kind, driver, policy }: ActivityState): boolean {
  return kind === 'running' && driver === 'policy' && policy === null;
}

/** Takes a status that an own call returned, ahead of the stream. */
export function takeStatus(status: RigStatus): void {
  live.heardAt = Date.now();
  flushSoon(noteStatus(status));
}

/** @returns whether a person must see it now */
function noteStatus(status: RigStatus): boolean {
  const shown = useLive.getState();
  const before = pending.status ?? shown.status;
  const lost = pending.lost === undefined ? shown.lost : pending.lost;
  const now = lostRig(lost, status);
  if (now !== lost) pending.lost = now;
  // Of a rig that was lost the evidence stays, while it is connected to again as well.
  const kept = lost !== null && (status.rig === null || status.rig === lost.rig);
  if (before && before.rig !== status.rig && !kept) forgetSamples();
  pending.status = status;
  return statusIsUrgent(before, status);
}

/** The rig that is lost, after a status. */
export function lostRig(lost: LostRig | null, { connected, rig, link }: RigStatus): LostRig | null {
  if (connected) return null;
  if (link.phase !== 'lost' || rig === null) return lost;
  return lost?.rig === rig && lost.reason === link.reason ? lost : { rig, reason: link.reason };
}

/** What was last seen of a rig that was lost, and of a run that ended, makes room. */
export function putAway(): void {
  const { status } = useLive.getState();
  if (!status?.connected) forgetSamples();
  pending.lost = null;
  pending.ran = null;
  live.kept = null;
  flush();
}

function forgetSamples(): void {
  live.ring = new SampleRing(CAPACITY, 0, 0);
  live.kept = null;
  live.plans.clear();
  live.plan = null;
  live.beside = null;
  live.acted = [];
  live.marks = [];
  pending.hasSamples = false;
  pending.hasPlan = false;
  pending.ran = null;
}

export function takeBatch(batch: TelemetryBatch): void {
  live.heardAt = Date.now();
  const shown = useLive.getState();
  let urgent = false;
  if (batch.status) {
    urgent = noteStatus(batch.status) || urgent;
  }
  if (batch.activity) {
    const before = pending.activity ?? shown.activity;
    urgent ||= activityIsUrgent(before, batch.activity);
    if (before?.kind !== batch.activity.kind && batch.activity.kind !== 'idle') {
      pending.eventsBefore = eventCount;
    }
    const rig = (pending.status ?? shown.status)?.rig ?? pending.lost?.rig ?? shown.lost?.rig;
    if (batch.activity.kind !== 'idle') {
      pending.ran = null;
      live.kept = null;
    } else if (before && rig) pending.ran = endedRun(before, rig) ?? pending.ran ?? shown.ran;
    pending.activity = batch.activity;
  }
  if (batch.counts) pending.counts = batch.counts;
  if (batch.learning !== undefined) pending.learning = batch.learning;
  if (batch.calibrating !== undefined) {
    urgent ||= batch.calibrating?.stage !== shown.calibrating?.stage;
    pending.calibrating = batch.calibrating;
  }
  for (const event of batch.events) {
    eventCount += 1;
    newEvents.push({ ...event, id: eventCount });
    if (isMarked(event.kind)) {
      const episode = (pending.activity ?? shown.activity)?.episode ?? null;
      live.marks.push({ kind: event.kind, episode, step: event.step });
      if (live.marks.length > MARKS_KEPT) live.marks.shift();
    }
  }
  const ran = pending.ran === undefined ? shown.ran : pending.ran;
  for (const sample of batch.samples) {
    const { observation, action } = sample;
    if (ran && live.kept === null && sample.episode !== ran.episode) live.kept = live.ring.copy();
    if (live.ring.observation.length !== observation.length || live.ring.action.length !== action.length) {
      live.ring = new SampleRing(CAPACITY, observation.length, action.length);
    }
    live.ring.push(sample);
  }
  if (batch.samples.length > 0 && !(pending.hasSamples ?? shown.hasSamples)) pending.hasSamples = true;
  if (batch.plan) {
    live.plan = batch.plan;
    live.plans.push(batch.plan);
    if (!(pending.hasPlan ?? shown.hasPlan)) pending.hasPlan = true;
  }
  if (batch.beside) live.beside = batch.beside;
  if (batch.acting) noteActing(batch.acting);
  for (const listener of fast) listener();
  flushSoon(urgent);
}

function noteActing(acting: ActionView): void {
  if (acting.drives) live.acted = [...live.acted, acting].slice(-ACTED_KEPT);
  else live.beside = acting;
}

/** A new connection to a core: nothing known from the old one counts. */
export function forgetEverything(): void {
  live.heardAt = null;
  newEvents = [];
  forgetSamples();
  pending = {};
  useLive.setState(nothing);
}
