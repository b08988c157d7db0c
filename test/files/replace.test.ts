import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { lineChart, writeFigures } from '../../src/main/figures';
import { type OwnKind, requireReplaceable } from '../../src/main/files/replace';
import { removeUnfinished, writeWhole } from '../../src/main/files/write-whole';
import { openLog } from '../../src/main/log';
import { requireOutside } from '../../src/main/log/workspace';
import { requireReportPlace } from '../../src/main/studies/common/report-files';
import { encodeModel, isOurModel } from '../../src/main/tensor/onnx/model';

const root = mkdtempSync(join(tmpdir(), 'foresight-files-'));
let folder: string;
let count = 0;
beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
  mkdirSync(folder);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const KIND: OwnKind = { what: 'a thing', isOne: (head) => head.startsWith('thing') };
const refused = (work: Promise<unknown>) => expect(work).rejects.toMatchObject({ code: 'wrong-use' });

describe('a file that a person names', () => {
  it('is written where nothing is, and in the place of an earlier one of its kind', async () => {
    const file = join(folder, 'a');
    await requireReplaceable(file, KIND);
    writeFileSync(file, 'thing 1');
    await requireReplaceable(file, KIND);
  });

  it('replaces nothing else unless told to', async () => {
    const file = join(folder, 'a');
    writeFileSync(file, 'somebody else’s');
    await expect(requireReplaceable(file, KIND)).rejects.toMatchObject({
      message: expect.stringContaining('is not a thing of Foresight, so it is not replaced'),
      next: expect.stringContaining('--force'),
    });
    await requireReplaceable(file, KIND, { force: true });
    symlinkSync(file, join(folder, 'link'));
    await refused(requireReplaceable(join(folder, 'link'), KIND));
  });

  it('never replaces a folder or a device, whoever insists', async () => {
    await refused(requireReplaceable(folder, KIND, { force: true }));
    if (process.platform !== 'win32') await refused(requireReplaceable('/dev/null', KIND, { force: true }));
  });

  it('is no model when it is the log of a workspace, and the workspace itself is never written over', async () => {
    await (await openLog(folder)).close();
    const database = join(folder, 'foresight.db');
    await refused(requireReplaceable(database, { what: 'an exported model', isOne: isOurModel }));
    const inside = ['models', 'policies', 'checkpoints', 'checkpoints/policies'].map((own) =>
      join(folder, own, 'a.safetensors'),
    );
    for (const own of [database, join(folder, 'foresight.lock'), ...inside]) {
      expect(() => requireOutside(folder, own)).toThrow('part of the workspace');
    }
    requireOutside(folder, join(folder, 'exports', 'a.onnx'));
  });

  it('is a model of ours by its first bytes, and no other ONNX file is', () => {
    const metadata = { 'foresight.format': '1' };
    const ours = encodeModel({ name: 'm', nodes: [], initializers: [], inputs: [], outputs: [], metadata });
    const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
    expect(isOurModel(latin1(ours))).toBe(true);
    expect(isOurModel(latin1(ours).replace('Foresight', 'somebody!'))).toBe(false);
    expect(isOurModel('')).toBe(false);
  });

  it('is a report with its numbers, and no page or package.json that happens to be called so', async () => {
    const page = join(folder, 'package.md');
    await requireReportPlace(page, { numbers: true });
    writeFileSync(join(folder, 'package.json'), '{"name": "mine"}');
    await refused(requireReportPlace(page, { numbers: true }));
    await requireReportPlace(page, { numbers: false });
    writeFileSync(page, '# Notes\n\nof mine\n');
    await refused(requireReportPlace(page, { numbers: false }));
    writeFileSync(page, '# Balance\n\nWritten by\n\n```sh\nnpm run foresight\n```\n');
    writeFileSync(join(folder, 'package.json'), '{\n "study": {\n  "schema": "foresight.control-study/1"}}');
    await requireReportPlace(page, { numbers: true });
  });

  it('is a figure, of which none is written when one cannot be', async () => {
    const figure = lineChart({ x: {}, y: {}, series: [{ name: 'a', x: [0, 1], y: [0, 1] }] });
    const names = async () => readdirSync(folder).sort();
    await writeFigures(folder, { a: figure });
    await writeFigures(folder, { a: figure });
    writeFileSync(join(folder, 'b.png'), 'a photograph');
    await refused(writeFigures(folder, { a: figure, b: figure }));
    expect(await names()).toEqual(['a.png', 'a.svg', 'b.png']);
    expect(readFileSync(join(folder, 'b.png'), 'utf8')).toBe('a photograph');
    await writeFigures(folder, { b: figure }, { force: true });
    expect(await names()).toEqual(['a.png', 'a.svg', 'b.png', 'b.svg']);
  });
});

describe('a file that is written', () => {
  it('is whole or as it was: a failed attempt leaves nothing', async () => {
    const file = join(folder, 'new', 'a');
    await writeWhole(file, 'one');
    await writeWhole(file, new Uint8Array([50]));
    expect(readFileSync(file, 'utf8')).toBe('2');
    mkdirSync(join(folder, 'taken', 'in'), { recursive: true });
    await expect(writeWhole(join(folder, 'taken'), 'x')).rejects.toMatchObject({ code: 'bad-file' });
    expect(readdirSync(folder).sort()).toEqual(['new', 'taken']);
  });

  it('leaves a part when its process is killed, which whoever started it clears away', async () => {
    writeFileSync(join(folder, '.a.4711.part'), 'half');
    writeFileSync(join(folder, '.b.4712.part'), 'of another');
    await removeUnfinished([folder, join(folder, 'none')], 4711);
    expect(readdirSync(folder)).toEqual(['.b.4712.part']);
  });
});
