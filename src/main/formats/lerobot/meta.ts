import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ForesightError } from '../../../shared/errors';
import { readForeign } from '../../foreign/read';
import { badFile } from '../faults';
import { cameraNote, episodeNote, fileNote } from '../note';
import { ParquetFile } from '../parquet/file';

const Feature = z.object({
  dtype: z.string(),
  shape: z.array(z.number()).max(8),
  names: z.unknown(),
});

const Info = z.object({
  codebase_version: z.string(),
  robot_type: z.string().nullish(),
  fps: z.number().positive().max(1e6),
  total_episodes: z.number().int().min(0),
  total_frames: z.number().int().min(0),
  data_path: z.string(),
  features: z.record(z.string(), Feature),
});
export type Info = z.infer<typeof Info>;

const maybe = z.number().nullable();
const counts = z.array(z.number().int().min(0));
const Note = z.object({
  ...fileNote,
  episodes: z.array(
    z.object({
      frames: z.number().int().min(0),
      ...episodeNote,
      lastObservation: z.array(z.number()),
      last: z.object({ hostSeconds: maybe, deviceSeconds: maybe }).optional(),
      cameras: z
        .array(
          z.object({
            ...cameraNote,
            ...{ row: counts, sequence: counts },
            ...{ hostSeconds: z.array(z.number()), deviceSeconds: z.array(z.number()) },
          }),
        )
        .max(1000)
        .optional(),
    }),
  ),
});
export type Note = z.infer<typeof Note>;

const JSON_FILE = {
  what: 'a description of a LeRobot data set',
  most: 2 ** 28,
  next: 'Get the data set anew. Nothing was imported.',
};

async function jsonIn(folder: string, name: string): Promise<unknown> {
  const bytes = await readForeign(join(folder, 'meta', name), JSON_FILE);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (thrown) {
    throw badFile(`meta/${name}`, '', `is no JSON (${(thrown as Error).message})`);
  }
}

/** @returns undefined where there is none. @throws ForesightError bad-data: one that is no LeRobot data set of a known version */
export async function readInfo(folder: string): Promise<Info | undefined> {
  const document = await unlessMissing(jsonIn(folder, 'info.json'));
  if (document === undefined) return undefined;
  const { data, error } = Info.safeParse(document);
  if (data === undefined) {
    const [issue] = error.issues;
    throw badFile(
      'meta/info.json',
      issue?.path.join('.') ?? '',
      issue?.message ?? 'does not hold what it must',
    );
  }
  if (!/^v(3\.|2\.[01])/.test(data.codebase_version)) {
    const next = 'Convert it with LeRobot first; v3.0, v2.1 and v2.0 are read. Nothing was imported.';
    throw badFile('meta/info.json', 'codebase_version', `is "${data.codebase_version}"`, next);
  }
  const leadsOut = /^([a-z]:)?[\\/]|(^|[\\/])\.\.([\\/]|$)/i;
  if (leadsOut.test(data.data_path)) {
    throw badFile('meta/info.json', 'data_path', `"${data.data_path}" leads out of the data set`);
  }
  return data;
}

/** What Foresight left beside its own. */
export async function readNote(folder: string): Promise<Note | undefined> {
  const document = await unlessMissing(jsonIn(folder, 'foresight.json'));
  if (document === undefined) return undefined;
  const { data } = Note.safeParse(document);
  if (data === undefined) throw badFile('meta/foresight.json', '', 'does not hold what it must');
  return data;
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (thrown) {
    if (thrown instanceof ForesightError && thrown.code === 'not-found') return undefined;
    throw thrown;
  }
}

/** Parquet files two folders below one of the data set's, in their order; what info.json names is not followed. */
export async function parquetFiles(folder: string): Promise<string[]> {
  const below = async (path: string, kind: RegExp) =>
    (await readdir(path).catch(() => [])).filter((name) => kind.test(name)).sort();
  const files: string[] = [];
  for (const chunk of await below(folder, /^chunk-\d+$/)) {
    for (const file of await below(join(folder, chunk), /\.parquet$/)) files.push(join(folder, chunk, file));
  }
  return files;
}

/** @throws ForesightError bad-data where there is none */
export async function dataFiles(folder: string): Promise<string[]> {
  const files = await parquetFiles(join(folder, 'data'));
  if (files.length > 0) return files;
  throw badFile(basename(folder), 'data', 'holds no Parquet file');
}

/** Names of a vector's elements: a list, or one behind a word ({ motors: [...] }). */
export function namesOf(names: unknown): string[] | undefined {
  const inner =
    typeof names === 'object' && names !== null && !Array.isArray(names) ? Object.values(names)[0] : names;
  const parsed = z.array(z.string().max(200)).safeParse(inner);
  return parsed.success && new Set(parsed.data).size === parsed.data.length ? parsed.data : undefined;
}

/** What each episode was to do, as far as it stands there. */
export async function tasksOf(folder: string, { codebase_version }: Info): Promise<Map<number, string[]>> {
  const tasks = new Map<number, string[]>();
  if (codebase_version.startsWith('v2')) {
    const bytes = await unlessMissing(readForeign(join(folder, 'meta', 'episodes.jsonl'), JSON_FILE));
    for (const line of bytes?.toString('utf8').split('\n') ?? []) takeLine(tasks, line);
    return tasks;
  }
  for (const path of await parquetFiles(join(folder, 'meta', 'episodes'))) {
    const file = await ParquetFile.open(path);
    try {
      for (const group of file.groups().keys()) {
        const numbers = await file.column(group, 'episode_index');
        const texts = await file.column(group, 'tasks');
        for (let row = 0; row < numbers.length; row++) tasks.set(Number(numbers[row]), textsIn(texts[row]));
      }
    } finally {
      await file.close();
    }
  }
  return tasks;
}

function takeLine(tasks: Map<number, string[]>, line: string): void {
  try {
    const { episode_index, tasks: texts } = JSON.parse(line) as Record<string, unknown>;
    tasks.set(Number(episode_index), textsIn(texts));
  } catch {
    // A line that says nothing: the task is a note, and the numbers lie elsewhere.
  }
}

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
