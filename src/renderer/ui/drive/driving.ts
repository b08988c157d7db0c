import { create } from 'zustand';
import { actionFor, drivenJoints, standingAction } from '../../../shared/joint-goals';
import type { RigFile } from '../../../shared/rig';
import type { HandDevice } from '../../../shared/teleop';
import { api } from '../../api';
import { live, useLive } from '../../live/live';
import { attempt, notify } from '../../store/notify';
import { commandOf, keyDeflection, padDeflection } from './command';

export type DriveDevice = HandDevice | 'leader';

/**
 * A command is good for so long, or for the watchdog time of its rig where that is longer, at most a second: a window that stands still lets
 * the rig hold.
 */
const LEASE_SECONDS = 0.3;
const leaseOf = ({ safety }: RigFile) => Math.min(1, Math.max(LEASE_SECONDS, safety.watchdogSeconds));
const REPEAT_MS = 50;

interface Driving {
  /** What drives now; null where nobody does. */
  device: DriveDevice | null;
  /** Within an episode that is being recorded: begun and ended with it. */
  recording: boolean;
  /** Of the range, or of the speed of places, that full deflection asks for. */
  share: number;
  /** [actions] what is asked for now, from −1 to 1. */
  deflection: readonly number[];
  /** [actions] what is commanded. */
  action: readonly number[];
  /** Name of the gamepad that is read; null where none is there. */
  pad: string | null;
}

export const useDriving = create<Driving>(() => ({
  ...{ device: null, recording: false, share: 0.3, deflection: [], action: [], pad: null },
}));

const down = new Set<string>();
let timer: number | undefined;
let rig: RigFile | undefined;
let before = 0;
/** Of the gizmo: where joints are to be, by name, and how far on the way there their goals are. */
let goals: ReadonlyMap<string, number> = new Map();
const reached = new Map<string, number>();
/** How fast goals go to where the handle is, rad/s or m/s, at full strength. */
const HANDLE_SPEED = 3;

/** The newest measured observation, [observations]; null before the first. */
function newest(): number[] | null {
  const { ring } = live;
  return ring.size === 0 ? null : ring.observation.map((column) => ring.latest(column));
}

/** From now on the device drives the rig, until `stopDriving`, another window in front of this one, or the end of the recording. */
export function startDriving(file: RigFile, device: DriveDevice, recording = false): void {
  if (timer !== undefined) return;
  rig = file;
  down.clear();
  goals = new Map();
  reached.clear();
  before = performance.now();
  const action = standingAction(file, newest() ?? []);
  useDriving.setState({ device, recording, action, deflection: file.actions.map(() => 0) });
  timer = window.setInterval(pump, REPEAT_MS);
  window.addEventListener('blur', onBlur);
  document.addEventListener('visibilitychange', onHidden);
  window.addEventListener('keydown', onKey, { capture: true });
  window.addEventListener('keyup', onKeyUp, { capture: true });
}

/** Nobody drives any more. The rig is asked to hold, unless its episode has ended: then it stands already. */
export function stopDriving(hold = true): void {
  if (timer === undefined) return;
  window.clearInterval(timer);
  timer = undefined;
  window.removeEventListener('blur', onBlur);
  document.removeEventListener('visibilitychange', onHidden);
  window.removeEventListener('keydown', onKey, { capture: true });
  window.removeEventListener('keyup', onKeyUp, { capture: true });
  useDriving.setState({ device: null, recording: false, deflection: [] });
  if (hold && useLive.getState().status?.connected) void attempt(() => api().rig.hold());
}

/** A slider says where a channel is to be, or how strong. */
export function setSlider(channel: number, value: number): void {
  useDriving.setState(({ action }) => ({ action: action.map((one, i) => (i === channel ? value : one)) }));
}

/** The handle in the 3D view says where joints are to be, by name. */
export function setGoals(wanted: ReadonlyMap<string, number>): void {
  goals = wanted;
}

function onBlur(): void {
  if (timer === undefined) return;
  notify(
    'warning',
    'Driving ended: the window lost the focus. A hold was asked for.',
    'Press Resume to go on.',
  );
  stopDriving();
}

function onHidden(): void {
  if (document.hidden) onBlur();
}

const isTyping = () => {
  const at = document.activeElement;
  return at instanceof HTMLInputElement && at.type !== 'range' && at.type !== 'checkbox';
};

function onKey(event: KeyboardEvent): void {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (useDriving.getState().device !== 'keyboard' || isTyping()) return;
  if (event.ctrlKey || event.metaKey || event.altKey || !DRIVING_KEYS.has(key)) return;
  event.preventDefault();
  event.stopPropagation();
  down.add(key);
}

function onKeyUp(event: KeyboardEvent): void {
  down.delete(event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

const DRIVING_KEYS = new Set(['ArrowLeft', 'ArrowRight', 'ArrowDown', 'ArrowUp', ...'jlkiuofhgtvb']);

async function pump(): Promise<void> {
  const { device, share, recording } = useDriving.getState();
  const now = performance.now();
  const seconds = Math.min(0.2, (now - before) / 1000);
  before = now;
  if (!rig || device === null) return;
  const lease = leaseOf(rig);
  const phase = useLive.getState().status?.link.phase;
  // Whoever brought it to rest: the command that would follow is not sent.
  if (phase !== 'ready' && phase !== 'running') {
    stopDriving(false);
    return;
  }
  if (device === 'leader') {
    if (!recording) await sent(() => api().rig.leader.follow({ seconds: lease }));
    return;
  }
  const action = command(rig, device, share, seconds);
  useDriving.setState({ action });
  await sent(() => api().rig.jog({ action, seconds: lease, thenHold: true, inEpisode: recording }));
}

function command(file: RigFile, device: HandDevice, share: number, seconds: number): number[] {
  const { action } = useDriving.getState();
  switch (device) {
    case 'keyboard':
    case 'gamepad': {
      const deflection =
        device === 'keyboard' ? keyDeflection(down, file.actions.length) : padNow(file.actions.length);
      useDriving.setState({ deflection });
      return commandOf(file.actions, deflection, share, action, seconds);
    }
    case 'sliders':
      return [...action];
    case 'gizmo': {
      const joints = drivenJoints(file);
      const observation = newest() ?? [];
      // A handle can be thrown across the picture in an instant; joints go there at a speed.
      const most = HANDLE_SPEED * share * seconds;
      const wanted = joints.map(({ name, observation: at }) => {
        const goal = goals.get(name);
        if (goal === undefined) return undefined;
        const from = reached.get(name) ?? observation[at] ?? goal;
        const next = from + Math.max(-most, Math.min(most, goal - from));
        reached.set(name, next);
        return next;
      });
      return actionFor(joints, wanted, observation, action, file.periodSeconds);
    }
  }
}

/** The first gamepad that is there; nothing is asked for where there is none any more. */
function padNow(channels: number): number[] {
  const pad = navigator.getGamepads().find((one) => one?.connected) ?? null;
  useDriving.setState({ pad: pad?.id ?? null });
  return pad ? padDeflection(pad, channels) : new Array<number>(channels).fill(0);
}

async function sent(call: () => Promise<unknown>): Promise<void> {
  if ((await attempt(call)) === undefined) stopDriving();
}

// A recording that has ended is driven no more, and its rig stands where it is.
useLive.subscribe(({ activity }, { activity: earlier }) => {
  if (useDriving.getState().recording && earlier?.kind === 'recording' && activity?.kind === 'idle')
    stopDriving(false);
});
