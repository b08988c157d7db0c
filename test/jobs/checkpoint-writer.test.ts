import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CheckpointWriter } from '../../src/main/jobs/checkpoint-file';
import { ForesightError } from '../../src/shared/errors';

describe('a training that came to its end before its time', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foresight-checkpoint-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const taken = () => {
    const file = join(folder, 'one.safetensors');
    const heard: boolean[] = [];
    const writer = new CheckpointWriter<number>({
      ...{ file, everySeconds: 0, encode: (byte) => Uint8Array.of(byte) },
      onWritten: () => heard.push(existsSync(file)),
    });
    writer.take(1);
    return { file, heard, writer };
  };

  it('has told of the checkpoint that was being written, before it tells of its end', async () => {
    const { file, heard, writer } = taken();
    await writer.interrupted(new ForesightError('cancelled', 'It was cancelled.', 'Go on.'));
    expect(heard).toEqual([true]);
    expect(existsSync(file)).toBe(true);
  });

  it('leaves nothing to resume, where it failed by what it learns from', async () => {
    const { file, writer } = taken();
    await writer.interrupted(new ForesightError('bad-data', 'A row is missing.', 'Choose other episodes.'));
    expect(existsSync(file)).toBe(false);
  });
});
