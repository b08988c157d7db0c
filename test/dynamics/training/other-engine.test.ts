import { afterEach, expect, it, vi } from 'vitest';
import { trainModel } from '../../../src/main/dynamics/training/train';
import { PENDULUM, pendulumEpisodes, quickOptions } from '../dynamics-helpers';

afterEach(() => vi.unstubAllEnvs());

it('a model says when another engine than the one asked for computed it', async () => {
  const notesOf = async () => {
    const options = quickOptions({ epochs: 1 });
    const request = { name: 'm', rig: 'pendulum', channels: PENDULUM, episodes: pendulumEpisodes(2, 40) };
    return (await trainModel({ ...request, options })).summary.notes.join(' ');
  };
  vi.stubEnv('FORESIGHT_NATIVE', '/nowhere/foresight.node');
  expect(await notesOf()).toContain(
    'The engine "native" is not available on this computer: "onnxruntime" computed in its place',
  );
  vi.stubEnv('FORESIGHT_NATIVE', '');
  expect(await notesOf()).not.toContain('is not available');
});
