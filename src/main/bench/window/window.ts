import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ForesightError } from '../../../shared/errors';
import { median } from '../../../shared/statistics';
import { version } from '../../installation/version';
import { type Served, serve } from '../../serve/serve';
import { BenchBrowser, findBrowser } from './browser';
import type { DevtoolsPage } from './devtools';
import { type FrameTime, type Spread, spreadOf, traceFrames } from './frame-times';
import { probe } from './probe';
import { BENCH_RIG, fillWorkspace, LISTED, LONG_CAMERA, STEPS_A_PICTURE } from './workspace';

/** What a person in front of the window feels, each with its bar, ms. */
export interface WindowReport {
  rows: {
    name: string;
    medianMs: number;
    maxMs: number;
    times: number;
    barMs: number;
    met: boolean;
  }[];
  /** Script time of frames while a run streams at 50 Hz, ms by the clock; frames of more than the bar among them. */
  frames: Spread & {
    frames: number;
    overBar: number;
    barMs: number;
    met: boolean;
    /** The same by the thread's own clock, ms: without what passed while it was not given a processor. */
    thread: Spread;
  };
  /** A long episode with a camera and plots, whose slider is dragged to and fro once a frame. */
  scrubbing: {
    framesPerSecond: number;
    picturesPerSecond: number;
    /** From a move to the frame that shows its row, ms. */
    shown: Spread;
    /** From a move to a place far away to the frame that shows its picture, ms. */
    picture: Spread & { barMs: number; met: boolean };
    /** Script of a frame by the clock, and by the thread's own clock, ms. */
    wall: Spread;
    thread: Spread & { barMs: number; met: boolean };
  };
}

export interface WindowBench {
  /** Program of a Chromium; one that is found when left out. */
  browser?: string | undefined;
  browserArgs: readonly string[];
  rounds: number;
  /** How long the run is looked at. */
  seconds: number;
  stop: AbortSignal;
  onPhase(phase: string): void;
}

const BARS = { usable: 2000, listed: 500, room: 100, frame: 8, picture: 150, scrubbed: 1000 / 60 };
const JUMPS = 30;
const Scrubbed = z.object({
  ...{ waits: z.array(z.number()), pictures: z.number(), frames: z.number(), seconds: z.number() },
});
/** A run is looked at before it is measured for so long: what is compiled by then stays so. */
const WARM_SECONDS = 3;
const ROOMS = ['rig', 'record', 'episodes', 'models', 'run'];

/**
 * Drives the built window, served as `foresight serve` does, in a browser of its own with a workspace of its own. A click is
 * timed from the event to the second frame after what it opens is there.
 */
export async function benchWindow(options: WindowBench): Promise<WindowReport> {
  const program = findBrowser(options.browser);
  const folder = await mkdtemp(join(tmpdir(), 'foresight-window-'));
  try {
    options.onPhase('making a workspace');
    const long = await fillWorkspace(folder);
    return await measured(folder, program, long, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measured(
  folder: string,
  program: string,
  long: number,
  options: WindowBench,
): Promise<WindowReport> {
  const { rounds, seconds, stop, onPhase } = options;
  const browser = await BenchBrowser.open(program, options.browserArgs);
  const onStop = () => void browser.close();
  stop.addEventListener('abort', onStop);
  let served: Served | undefined;
  const { page } = browser;
  const ask = async (call: string) => {
    if (stop.aborted) throw new ForesightError('stopped', `Stopped by ${stop.reason}.`, '');
    return page.evaluate(`(${probe.toString()})().${call}`);
  };
  const number = async (call: string) => Number(await ask(call));
  const open = async () => {
    await page.send('Page.navigate', { url: 'about:blank' });
    await page.send('Page.navigate', { url: served?.address ?? '' });
  };
  const [usable, listed, rooms]: number[][] = [[], [], []];
  try {
    for (let round = 0; round <= rounds; round++) {
      onPhase(`start ${round} of ${rounds}`);
      await served?.close();
      const began = performance.now();
      served = await serve({ folder, version, onFailed: () => {} });
      const ready = performance.now() - began;
      await open();
      const usableAt = ready + (await number(`shown('rig-${BENCH_RIG}')`));
      // The first fills the caches of disk and browser.
      if (round > 0) usable.push(usableAt);
      listed.push(await number(`clickToShown('nav-episodes', 'episode-${LISTED}')`));
      // From one to the next and back: a room that is there already is no change.
      for (const room of [...ROOMS, ...ROOMS.toReversed().slice(1)]) {
        const took = await number(`clickToShown('nav-${room}', 'room-${room}')`);
        if (round > 0) rooms.push(took);
      }
    }
    onPhase('scrubbing');
    await open();
    await ask(`clickToShown('nav-episodes', 'episode-${long}')`);
    await ask(`clickToShown('episode-${long}', 'picture-${LONG_CAMERA}')`);
    const scrubbing = await scrubbed(page, seconds, ask);
    onPhase('a run at 50 Hz');
    await open();
    for (const click of ['nav-rig', `rig-${BENCH_RIG}`, 'connect']) await ask(`click('${click}')`);
    await ask("shown('disconnect')");
    for (const click of ['nav-models', 'use-in-run']) await ask(`click('${click}')`);
    await ask("press('run-start', 'run-step')");
    await traceFrames(page, WARM_SECONDS);
    const frames = await traceFrames(page, seconds);
    return {
      rows: [
        row('from starting `serve` to a window one can use', usable, BARS.usable),
        row(`the list of ${LISTED} episodes, first time`, listed, BARS.listed),
        row('another room', rooms, BARS.room),
      ],
      frames: frameReport(frames),
      scrubbing,
    };
  } finally {
    stop.removeEventListener('abort', onStop);
    await browser.close();
    await served?.close();
  }
}

async function scrubbed(
  page: DevtoolsPage,
  seconds: number,
  ask: (call: string) => Promise<unknown>,
): Promise<WindowReport['scrubbing']> {
  const drag = async (time: number) => Scrubbed.parse(await ask(`scrub(${time}, '${LONG_CAMERA}')`));
  await drag(WARM_SECONDS);
  const [found, frames] = await Promise.all([drag(seconds), traceFrames(page, seconds)]);
  const jumps = z.array(z.number()).parse(await ask(`jumps(${JUMPS}, '${LONG_CAMERA}', ${STEPS_A_PICTURE})`));
  const [picture, thread] = [spreadOf(jumps), spreadOf(frames.map(({ threadMs }) => threadMs))];
  return {
    framesPerSecond: found.frames / found.seconds,
    picturesPerSecond: found.pictures / found.seconds,
    shown: spreadOf(found.waits),
    picture: { ...picture, barMs: BARS.picture, met: picture.p99 <= BARS.picture },
    wall: spreadOf(frames.map(({ wallMs }) => wallMs)),
    thread: { ...thread, barMs: BARS.scrubbed, met: thread.p99 <= BARS.scrubbed },
  };
}

function frameReport(frames: readonly FrameTime[]): WindowReport['frames'] {
  const wall = frames.map(({ wallMs }) => wallMs);
  const spread = spreadOf(wall);
  return {
    ...{ ...spread, frames: frames.length, overBar: wall.filter((ms) => ms > BARS.frame).length },
    ...{ barMs: BARS.frame, met: spread.p99 <= BARS.frame },
    thread: spreadOf(frames.map(({ threadMs }) => threadMs)),
  };
}

function row(name: string, took: readonly number[], barMs: number): WindowReport['rows'][number] {
  const medianMs = median(took);
  return { name, medianMs, maxMs: Math.max(...took), times: took.length, barMs, met: medianMs <= barMs };
}
