import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/shared/random';
import { killRecording, type RecordingKill } from './recording';

/** `npm run kills -- --recording` does it two hundred times, and judges how much is lost. */
const KILLS = 5;

const folder = mkdtempSync(join(tmpdir(), 'foresight-recording-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a core that is killed while it records a rig', () => {
  it('leaves what the rig sent, row by row, and starts again in the same workspace', async () => {
    const random = new Random(fc.readConfigureGlobal()?.seed ?? 0);
    const kills: RecordingKill[] = [];
    for (let i = 0; i < KILLS; i++) kills.push(await killRecording(folder, random));
    expect(kills.flatMap(({ problems }) => problems)).toEqual([]);
    expect(kills.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(KILLS);
    expect(kills.reduce((sum, { interrupted }) => sum + interrupted, 0)).toBeGreaterThan(0);
  });
});
