import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelHash, readModel, writeModel } from '../../src/main/dynamics/model-file';
import { decodeSafetensors, encodeSafetensors } from '../../src/main/dynamics/safetensors';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel } from '../../src/main/dynamics/types';
import { PENDULUM, pendulumEpisodes, quickOptions } from './dynamics-helpers';

let folder: string;
let model: DynamicsModel;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-models-'));
  const episodes = pendulumEpisodes(1, 60);
  const options = quickOptions({ epochs: 2 }, { hiddenUnits: 8 });
  model = await trainModel({ name: 'p', rig: 'pendulum', channels: PENDULUM, episodes, options });
  file = await writeModel(model, folder, '1.2.3');
});
afterAll(() => rm(folder, { recursive: true }));

describe('a safetensors file', () => {
  const floats = fc.array(fc.float({ noNaN: true }), { maxLength: 20 });
  const tensors = fc
    .dictionary(
      fc.string().filter((name) => name !== '__metadata__' && name !== '__proto__'),
      floats,
    )
    .map((entries) =>
      Object.entries(entries).map(([name, values]) => [name, Float32Array.from(values)] as const),
    );
  const metadata = fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.string(),
  );

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(tensors, metadata, (entries, words) => {
        const written = {
          metadata: words,
          tensors: new Map(entries.map(([name, values]) => [name, { shape: [1, values.length], values }])),
        };
        const read = decodeSafetensors(encodeSafetensors(written), 'a file');
        expect({ ...read.metadata }).toEqual({ ...words });
        expect([...read.tensors].sort()).toEqual([...written.tensors].sort());
      }),
    );
  });

  it('of any other bytes is refused and never trusted', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        // A header of zero bytes is no JSON either, so no random bytes are a valid file.
        expect(() => decodeSafetensors(bytes, 'noise.bin')).toThrow(
          'noise.bin is not a model file of Foresight',
        );
      }),
    );
  });

  it('with sizes that lie is refused', () => {
    const withHeader = (header: unknown, data: number) => {
      const text = new TextEncoder().encode(JSON.stringify(header));
      const bytes = new Uint8Array(8 + text.length + data);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
      bytes.set(text, 8);
      return bytes;
    };
    const entry = (shape: unknown, offsets: unknown, dtype = 'F32') => ({
      a: { dtype, shape, data_offsets: offsets },
    });
    expect(decodeSafetensors(withHeader(entry([2], [0, 8]), 8), 'f').tensors.size).toBe(1);
    const lies: [object, number][] = [
      [entry([3], [0, 8]), 8],
      [entry([2], [0, 8]), 4],
      [entry([2], [0, 8]), 12],
      [entry([2], [4, 12]), 12],
      [entry([-2], [0, 8]), 8],
      [entry([2.5], [0, 10]), 10],
      [entry([2], [0, 8], 'F16'), 8],
      [entry('2', [0, 8]), 8],
      [{ __metadata__: { n: 1 } }, 0],
      [[], 0],
    ];
    for (const [header, data] of lies) {
      expect(() => decodeSafetensors(withHeader(header, data), 'f'), JSON.stringify(header)).toThrow(
        'f is not a',
      );
    }
  });
});

describe('a model file', () => {
  it('is named by its hash and gives back the model, and leaves nothing beside it', async () => {
    expect(file).toBe(join(folder, `${model.summary.hash}.safetensors`));
    expect(await readModel(file)).toEqual(model);
    expect(await readdir(folder)).toEqual([`${model.summary.hash}.safetensors`]);
  });

  it('has the same hash whatever its name, date and verdict', () => {
    const { summary } = model;
    const renamed = {
      ...model,
      summary: { ...summary, name: 'other', createdAt: 0, trainSeconds: 9, notes: ['x'] },
    };
    expect(modelHash(renamed)).toBe(summary.hash);
    const moreEpochs = { ...model, summary: { ...summary, epochs: summary.epochs + 1 } };
    expect(modelHash(moreEpochs)).not.toBe(summary.hash);
  });

  it('cut short anywhere, or changed in any byte of its arrays, is refused with its name', async () => {
    const bytes = await readFile(file);
    const broken = join(folder, 'broken.safetensors');
    const refused = async (content: Uint8Array) => {
      await writeFile(broken, content);
      await expect(readModel(broken)).rejects.toMatchObject({ code: 'bad-file' });
      await expect(readModel(broken)).rejects.toThrow(broken);
    };
    for (const share of [0, 0.01, 0.3, 0.9, 0.999]) {
      await refused(bytes.subarray(0, Math.floor(share * bytes.length)));
    }
    for (const position of [1, 100, 1001]) {
      const changed = Buffer.from(bytes);
      changed[bytes.length - position] = changed[bytes.length - position] ^ 0x10;
      await refused(changed);
    }
    await rm(broken);
  });

  it('whose description does not fit its arrays is refused with what is wrong', async () => {
    const { metadata, tensors } = decodeSafetensors(await readFile(file), file);
    const other = join(folder, 'other.safetensors');
    const described = (change: (summary: Record<string, unknown>) => void) => {
      const description = JSON.parse(metadata.foresight ?? '');
      change(description.summary);
      return writeFile(
        other,
        encodeSafetensors({ metadata: { foresight: JSON.stringify(description) }, tensors }),
      );
    };
    await described((summary) => {
      (summary.options as { class: Record<string, unknown> }).class.hiddenUnits = 9;
    });
    await expect(readModel(other)).rejects.toThrow('"layer0/kernel" is not [3,4,9]');
    await described((summary) => {
      summary.elites = [3];
    });
    await expect(readModel(other)).rejects.toThrow('elites 3 of 3 members');
    await described((summary) => {
      summary.recalibration = [1, 2, 3];
    });
    await expect(readModel(other)).rejects.toThrow('3 factors of recalibration for');
    await described((summary) => {
      summary.recalibration = [1, -2];
    });
    await expect(readModel(other)).rejects.toThrow('summary.recalibration.1 in its description');
    await described((summary) => {
      summary.periodSeconds = 'soon';
    });
    await expect(readModel(other)).rejects.toThrow('summary.periodSeconds in its description');
    await rm(other);
  });

  it.runIf(process.platform !== 'win32')(
    'that is a pipe is refused, and nobody waits for its other end',
    async () => {
      const pipe = join(folder, 'pipe.safetensors');
      await promisify(execFile)('mkfifo', [pipe]);
      await expect(readModel(pipe)).rejects.toThrow(`${pipe} is a pipe, where a model file was expected.`);
      await rm(pipe);
    },
  );

  it('that is not there is said to be not there', async () => {
    await expect(readModel(join(folder, 'none.safetensors'))).rejects.toMatchObject({ code: 'not-found' });
  });
});
