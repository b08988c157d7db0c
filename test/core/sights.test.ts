import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodePicture } from '../../src/main/camera/picture-file';
import { type Core, createCore } from '../../src/main/core';
import { nodeHost } from '../../src/main/processes/node-host';
import { RunInput, TrainInput } from '../../src/shared/contract';
import { looker } from '../../src/shared/look';
import type { ActionView } from '../../src/shared/telemetry';
import { rejection } from '../rig/rig-helpers';
import { RANDOM_MOTION } from './workspace';

const SEEN = { rig: 'pendulum-camera', mode: 'lockstep', seed: 0 } as const;
const CROP = { left: 8, top: 4, width: 40, height: 48 };
const TINY = {
  ...{ size: 16, channels: 'velocity', crop: '8,4,40,48' },
  ...{ encoderSteps: 5, unroll: 2, latent: 4, members: 2, elites: 2, hiddenUnits: 8 },
};

let folder: string;
let core: Core;
let hash: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-sights-'));
  core = await createCore({ folder, host: nodeHost(), hostKind: 'node', version: 'test' });
  await core.rig.connect(SEEN);
  await core.activity.record({ ...RANDOM_MOTION, episodes: 3, maxSteps: 50 });
  const options = { class: { name: 'latent-frame', ...TINY }, epochs: 2 };
  ({ hash } = await (await core.models.trainings.train(TrainInput.parse({ name: 'seen', options }))).done);
});
afterAll(async () => {
  await core.close();
  await rm(folder, { recursive: true, force: true });
});

/** A picture of the strip, one number a pixel. */
const shades = (file: string) =>
  decodePicture(Buffer.from(file, 'base64')).data.filter((_, i) => i % 3 === 0);

it('a strip has a column for each moment, with what the camera showed then as the network gets it', async () => {
  const { moments, size } = await core.sights.strip(hash, 2, 10);
  expect(size).toBe(16);
  expect(moments.map(({ steps, row }) => [steps, row])).toEqual([
    ...[0, 1, 5, 10, 25].map((steps) => [steps, 10 + steps]),
  ]);
  const show = looker({ width: 16, height: 16, colour: 'grey', crop: CROP }, { width: 64, height: 64 });
  for (const { second, saw, says, saysShare } of moments) {
    const frame = await core.log.frameAt(2, 0, second);
    const picture = new Uint8Array(16 * 16);
    show(decodePicture(frame!.data), picture);
    expect(shades(saw)).toEqual(picture);
    expect(shades(says)).toHaveLength(16 * 16);
    expect(saysShare).toBeLessThanOrEqual(1);
  }
  expect(moments.map(({ imagined }) => imagined === null)).toEqual([true, false, false, false, false]);
});

it('what is imagined follows from the first column alone: the same, whatever is seen afterwards', async () => {
  const near = await core.sights.strip(hash, 2, 49);
  expect(near.moments.map(({ steps }) => steps)).toEqual([0, 1]);
  const [here, next] = near.moments;
  // One step on it is what the open loop says, and not what the next picture is encoded as.
  expect(next!.imagined).not.toBe(next!.says);
  const end = await core.sights.strip(hash, 2, 50);
  expect(end.moments.map(({ steps }) => steps)).toEqual([0]);
  expect(end.moments[0]!.says).toBe(next!.says);
  expect(here!.says).not.toBe(next!.says);
});

it('the newest strip ends with the last row there is', async () => {
  const { row, moments } = await core.sights.strip(hash, 2, null);
  expect(row).toBe(25);
  expect(moments.at(-1)!.row).toBe(50);
  expect((await core.sights.strip(hash, 2, 25)).moments).toEqual(moments);
});

it('a map has every state of the episodes that the model can see, in the order in which they were recorded', async () => {
  const map = await core.sights.map(hash);
  expect(map.x).toHaveLength(3 * 51);
  expect(map.among).toBe(3 * 51);
  expect(map.episode[51]).toBe(2);
  expect(map.row.slice(50, 53)).toEqual([50, 0, 1]);
  expect(map.second[52]).toBeCloseTo(0.05);
  expect(map.reward[51]).toBeNull();
  expect(map.reward[52]).toBeLessThan(0);
  expect(map.explained[0]).toBeGreaterThanOrEqual(map.explained[1]);
  expect(map.explained[0] + map.explained[1]).toBeLessThanOrEqual(1 + 1e-9);
  // Asked for again, it is the one that was drawn.
  expect(await core.sights.map(hash)).toBe(map);
});

it('a map that nobody waits for any more is not drawn', async () => {
  const moved = new AbortController();
  await core.activity.record({ ...RANDOM_MOTION, episodes: 1, maxSteps: 5 });
  const map = core.sights.map(hash, moved.signal);
  moved.abort();
  expect((await rejection(map)).code).toBe('cancelled');
});

it('what a plan foresees begins with what the model says of its step, and goes as far as the plan does', async () => {
  const closing = new AbortController();
  const acted: ActionView[] = [];
  // Nothing is kept to be drawn unless a window looks.
  const watching = (async () => {
    for await (const { acting } of core.telemetry.stream(closing.signal)) if (acting) acted.push(acting);
  })();
  const task = { ...core.rig.require().rig.file.task, maxSteps: 12 };
  const planner = { method: 'cem', horizon: 7, candidates: 20, iterations: 2 };
  const input = RunInput.parse({ model: hash, episodes: 1, seed: 5, task, planner });
  const [outcome] = await core.activity.run(input);
  closing.abort();
  await watching.catch(() => undefined);
  const { id } = outcome!.summary;
  const foreseen = await core.sights.foreseen(hash, id);
  expect(foreseen!.moments.map(({ steps }) => steps)).toEqual([0, 1, 5, 7]);
  const { moments } = await core.sights.strip(hash, id, foreseen!.step);
  expect(foreseen!.moments[0]!.imagined).toBe(moments[0]!.says);
  // A plan that no other one has replaced is not drawn again.
  expect(await core.sights.foreseen(hash, id)).toBe(foreseen);
  expect(await core.sights.foreseen(hash, 2)).toBeNull();
  // What is known of it is told where futures cannot be drawn.
  const last = acted.at(-1)!;
  expect(last).toMatchObject({ pilot: 'planner', episode: id, ahead: 0, periodMs: 50, drives: true });
  expect(last.actions).toHaveLength(7);
  expect(last.insight).toMatchObject({ expectedReturn: expect.any(Number), candidates: 20 });
});

it('what cannot be looked at is said, with what to choose instead', async () => {
  expect((await rejection(core.sights.strip(hash, 2, 51))).message).toBe('Episode 2 has no row 51.');
  const blind = await (
    await core.models.trainings.train(TrainInput.parse({ name: 'blind', options: { epochs: 1 } }))
  ).done;
  expect((await rejection(core.sights.map(blind.hash))).message).toBe(
    'The model "blind" did not learn from pictures: it sees nothing.',
  );
  await core.rig.connect({ ...SEEN, rig: 'pendulum' });
  const [made] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 5 });
  const { id } = made!.summary;
  expect((await rejection(core.sights.strip(hash, id, 0))).message).toBe(
    `The model "seen" looks through the camera "side" of 64 × 64 pixels; episode ${id} has no such pictures.`,
  );
});
