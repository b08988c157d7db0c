import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/main/control/clock';
import { ControlLoop } from '../../src/main/control/loop';
import type { EndedMessage, FromRig, TickMessage } from '../../src/main/control/messages';
import type { LineFaults } from '../../src/main/rig/simulation/servo-bus/faults';
import { eventually } from '../eventually';
import { faultBench, PROTOCOLS } from './fault-benches';
import { begin } from './memory-rig';

/** The table of docs/faults.md: by driver and fault what is said and done. */
const DOCUMENT = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8');
const TABLE = DOCUMENT.split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const [HEAD = [], , ...ROWS] = TABLE;
/** "`gcode` (GRBL)". */
const titled = (driver: string): string => driver.replace(/^\w+/, '`$&`');
const documented = (driver: string, fault: string): string => {
  const cell = ROWS.find(([name]) => name === fault)?.[HEAD.indexOf(titled(driver))];
  if (cell === undefined) throw new Error(`docs/faults.md does not say what "${fault}" is for ${driver}`);
  return cell;
};

const ON_THE_LINE: [string, Partial<LineFaults>][] = [
  ['answers are lost', { dropped: 0.02 }],
  ['answers are damaged', { corrupted: 0.02 }],
  ['answers come twice', { duplicated: 0.1 }],
  ['answers come late', { delayed: 0.02 }],
  ['the adapter collects bytes', { latencySeconds: 0.004 }],
  ['the adapter hears itself', { echo: true }],
];
type Bench = Awaited<ReturnType<typeof faultBench>>;
const TO_THE_DEVICE: [string, (bench: Bench) => void][] = [
  ['its protection acts', ({ trip }) => trip()],
  ['its supply fails for a moment', ({ brownOut }) => brownOut()],
  ['nothing comes any more', ({ silence }) => silence()],
  ['the cable is pulled', ({ unplug }) => unplug()],
];
/** Of a fault that a protocol cannot have. */
const NO_SUCH_FAULT = '–';
const STEPS = 20;
/** So that no limit of a joint ends what a fault is to end. */
const GENTLY = { kind: 'random' as const, seed: 7, holdSteps: 1, amplitude: 0.1 };
/** Whichever of the watches is first: on a busy machine they change places. */
const OF_SILENCE =
  /o observation has come for|Nothing has come on|Observations come late|control loop stood still/;
/** A busy machine keeps this process itself waiting, which is said of the line as well. */
const TELLS_OF_TIME = /for \d[\d.]* s|within \d[\d.]* s/;

/** An episode on a rig of that protocol, with the control loop above its driver. */
async function startEpisode(
  driver: string,
  faults: Partial<LineFaults>,
  { watchdogSeconds, maxSteps }: { watchdogSeconds: number; maxSteps: number },
) {
  const bench = await faultBench(PROTOCOLS[driver]!, faults);
  // How fast the computer is does not matter here.
  bench.rig.file.safety = { ...bench.rig.file.safety, watchdogSeconds, missedPlansToHold: 1e6 };
  const rows: TickMessage[] = [];
  let resolve: (message: EndedMessage) => void = () => {};
  const ended = new Promise<EndedMessage>((settle) => {
    resolve = settle;
  });
  const loop = new ControlLoop(bench.driver, systemClock, (message: FromRig) => {
    if (message.type === 'tick') rows.push(message);
    else if (message.type === 'ended') resolve(message);
  });
  onTestFinished(() => loop.dispose());
  // What a busy machine has overtaken by a hold is asked for again.
  await eventually(async () => {
    await loop.resume();
    await loop.begin(begin({ maxSteps, controller: GENTLY }));
  });
  return { bench, rows, ended, loop };
}

it('docs/faults.md tells of every driver and every fault that is tried out here, and of no other', () => {
  expect(HEAD.slice(1)).toEqual(Object.keys(PROTOCOLS).map(titled));
  expect(ROWS.map(([fault]) => fault)).toEqual([...ON_THE_LINE, ...TO_THE_DEVICE].map(([fault]) => fault));
});

it('only a WebSocket cannot hear itself', () => {
  const without = Object.keys(PROTOCOLS).flatMap((driver) =>
    ROWS.filter(([fault = '']) => documented(driver, fault) === NO_SUCH_FAULT).map(([fault]) => [
      driver,
      fault,
    ]),
  );
  expect(without).toEqual([['rosbridge', 'the adapter hears itself']]);
});

describe.each(Object.keys(PROTOCOLS))('an episode on a rig with driver %s', (driver) => {
  it.each(ON_THE_LINE.filter(([fault]) => documented(driver, fault) !== NO_SUCH_FAULT))(
    'goes on to its end, without a word, while %s',
    async (fault, faults) => {
      expect(documented(driver, fault)).toBe('goes on');
      const { ended, rows, loop } = await startEpisode(driver, faults, {
        watchdogSeconds: 5,
        maxSteps: STEPS,
      });
      const { events, reason } = await ended;
      expect(reason).toBe('asked');
      expect(rows).toHaveLength(STEPS + 1);
      expect(rows.flatMap(({ observation }) => observation).every(Number.isFinite)).toBe(true);
      const all = [...events, ...rows.flatMap((row) => row.events)];
      expect(all.filter(({ kind, message }) => kind === 'rig-fault' && !TELLS_OF_TIME.test(message))).toEqual(
        [],
      );
      expect(loop.state.phase).toBe('ready');
    },
  );

  it.each(TO_THE_DEVICE)(
    'ends with what was recorded, and with what is documented, when %s',
    async (fault, happen) => {
      const [, state, sentence] =
        /^(held|stands|held, not confirmed|held, then lost|lost): “(.+)”$/.exec(documented(driver, fault)) ??
        [];
      // Where nothing comes the rig is held for want of observations: the one fault that takes a time of its own.
      const isSilence = fault === 'nothing comes any more';
      const { bench, rows, ended, loop } = await startEpisode(
        driver,
        {},
        {
          watchdogSeconds: isSilence ? 2 : 5,
          maxSteps: 10_000,
        },
      );
      await eventually(() => expect(rows.length).toBeGreaterThan(3), 5);
      happen(bench);
      const end = await ended;
      expect(end.rows).toBe(rows.length);
      const said = [
        end.message,
        ...[...end.events, ...rows.flatMap((row) => row.events)].map((e) => e.message),
      ];
      if (isSilence) expect(said.join('\n')).toMatch(OF_SILENCE);
      else expect(said.join('\n')).toContain(sentence);
      const reasons = { lost: ['fault'], 'held, then lost': ['held', 'fault'] }[state ?? ''] ?? ['held'];
      expect(reasons).toContain(end.reason);
      await eventually(() => {
        if (state?.endsWith('lost')) expect(loop.state.phase).toBe('lost');
        else expect(loop.state.phase).toBe('held');
        if (state === 'held') expect(loop.state.readback).toMatchObject({ torque: true, halted: true });
        if (state === 'stands')
          expect(loop.state.reason).toMatch(/that it stands was read back.* is not known/);
        if (state === 'held, not confirmed') expect(loop.state.reason).toMatch(/NOT confirmed by the device/);
      });
    },
  );
});
