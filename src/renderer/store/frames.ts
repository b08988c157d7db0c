import { quantile } from '../../shared/statistics';

/**
 * Counts how much script time each frame costs, so that "smooth" is a number and not a feeling.
 *
 * How it measures: every way by which the browser enters script while a run streams (animation frames, timers,
 * messages of ports and sockets, observers) is wrapped and timed from entry until the microtasks that the entry
 * set off have drained: after the callback returns, a chain of 64 empty microtasks takes the time, and as
 * microtasks run in order, whatever chain of awaits up to that depth the callback started is inside. All entries
 * between two animation frames are added up; that sum is the frame's script time. Layout, paint and the GPU are
 * not script and are not in it; input events are not wrapped. Time in which the thread was not scheduled counts,
 * so a loaded machine reads high, never low.
 *
 * Off unless asked for (`localStorage['foresight.frames'] = '1'` before loading): wrapping globals is no habit
 * for production.
 */
export interface FrameCounters {
  /** Frames measured since the last reset. */
  readonly frames: number;
  /** Percentiles over the last 2048 to 4096 frames, ms. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Frames with more than 8 ms of script. */
  readonly over8: number;
  reset(): void;
}

declare global {
  interface Window {
    __frames?: FrameCounters;
  }
}

const KEEP = 4096;
const DRAIN_DEPTH = 64;

export function installFrameProbe(): void {
  if (window.localStorage.getItem('foresight.frames') !== '1') return;
  let costs: number[] = [];
  let frames = 0;
  let max = 0;
  let over8 = 0;
  let frameCost = 0;
  let open = false;

  /** Runs `body` and adds its time, with the microtasks it sets off, to the frame. */
  const timed = <T>(body: () => T): T => {
    if (open) return body();
    open = true;
    const began = performance.now();
    try {
      return body();
    } finally {
      let left = DRAIN_DEPTH;
      const drain = () => {
        left -= 1;
        if (left > 0) return queueMicrotask(drain);
        frameCost += performance.now() - began;
        open = false;
      };
      queueMicrotask(drain);
    }
  };

  const nativeFrame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => nativeFrame((time) => timed(() => callback(time)));

  const nativeTimeout = window.setTimeout.bind(window);
  const nativeInterval = window.setInterval.bind(window);
  const wrapTimer = (handler: TimerHandler, args: unknown[]): TimerHandler =>
    typeof handler === 'function' ? () => timed(() => handler(...args)) : handler;
  window.setTimeout = ((handler: TimerHandler, delay?: number, ...args: unknown[]) =>
    nativeTimeout(wrapTimer(handler, args), delay)) as typeof window.setTimeout;
  window.setInterval = ((handler: TimerHandler, delay?: number, ...args: unknown[]) =>
    nativeInterval(wrapTimer(handler, args), delay)) as typeof window.setInterval;

  const wrapped = new WeakMap<object, EventListener>();
  for (const target of [MessagePort.prototype, WebSocket.prototype] as EventTarget[]) {
    const add = target.addEventListener;
    const remove = target.removeEventListener;
    const wrap = (listener: EventListenerOrEventListenerObject | null) => {
      if (listener === null) return null;
      const known = wrapped.get(listener);
      if (known) return known;
      const own = (event: Event) =>
        timed(() => (typeof listener === 'function' ? listener(event) : listener.handleEvent(event)));
      wrapped.set(listener, own);
      return own;
    };
    target.addEventListener = function (type, listener, options) {
      add.call(this, type, wrap(listener), options);
    };
    target.removeEventListener = function (type, listener, options) {
      remove.call(this, type, wrap(listener), options);
    };
  }
  // React's scheduler sets `onmessage` on a port of its own.
  const native = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
  if (native?.set) {
    const set = native.set;
    Object.defineProperty(MessagePort.prototype, 'onmessage', {
      ...native,
      set(this: MessagePort, listener: ((event: MessageEvent) => void) | null) {
        set.call(this, listener && ((event: MessageEvent) => timed(() => listener.call(this, event))));
      },
    });
  }
  const NativeResizeObserver = window.ResizeObserver;
  window.ResizeObserver = class extends NativeResizeObserver {
    constructor(callback: ResizeObserverCallback) {
      super((entries, observer) => timed(() => callback(entries, observer)));
    }
  };

  // Registered anew at the start of every frame's callbacks: closes the frame before this one.
  const boundary = () => {
    costs.push(frameCost);
    frames += 1;
    max = Math.max(max, frameCost);
    if (costs.length > KEEP) costs = costs.slice(-KEEP / 2);
    if (frameCost > 8) over8 += 1;
    frameCost = 0;
    nativeFrame(boundary);
  };
  nativeFrame(boundary);

  window.__frames = {
    get frames() {
      return frames;
    },
    get p50() {
      return costs.length > 0 ? quantile(costs, 0.5) : 0;
    },
    get p99() {
      return costs.length > 0 ? quantile(costs, 0.99) : 0;
    },
    get max() {
      return max;
    },
    get over8() {
      return over8;
    },
    reset() {
      costs = [];
      frames = 0;
      max = 0;
      over8 = 0;
      frameCost = 0;
    },
  };
}
