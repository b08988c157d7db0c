import { z } from 'zod';
import { ChannelInfo } from '../../../shared/episode';
import { badFile, faultsOf } from '../faults';
import { hasMagic } from '../magic';
import { notesOf } from '../rows';
import type { Dataset, DatasetColumn, DatasetEnd, DatasetPart, DatasetRows, FormatReader } from '../types';
import { type McapFile, openMcap } from './file';
import { messages } from './messages';
import { EPISODE, EVENT_TOPIC, RECORDING, STEP_TOPIC } from './schemas';
import { foreignTopics } from './topics';

export const mcapReader: FormatReader = {
  async open(path, options) {
    if (!(await hasMagic(path, '\x89MCAP0\r\n'))) return undefined;
    const file = await openMcap(path);
    try {
      const own = await metadataOf(file, RECORDING);
      return own[0] === undefined
        ? await foreignTopics(file, path, options)
        : await ownRecording(file, own[0]);
    } catch (thrown) {
      await file.handle.close();
      throw thrown;
    }
  },
};

const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'is no JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

const Recording = z.object({
  rig: json(z.string()),
  periodSeconds: json(z.number().positive()),
  observations: json(z.array(ChannelInfo).max(1000)),
  actions: json(z.array(ChannelInfo).max(1000)),
});

const Episode = z.object({
  id: json(z.number().int()),
  startedAt: json(z.number()),
  terminated: json(z.boolean()),
  reason: json(z.string()),
  tags: json(z.array(z.string())),
  rows: json(z.number().int().min(0)),
});
type Episode = z.infer<typeof Episode>;

const maybe = z.number().nullable();
const Step = z.object({
  ...{ episode: z.number().int(), step: z.number().int(), host_seconds: z.number(), device_seconds: maybe },
  observation: z.record(z.string(), maybe),
  action: z.record(z.string(), maybe),
  requested: z.record(z.string(), maybe),
  ...{ reward: maybe, lateness_seconds: maybe, plan_ms: maybe, missed: maybe },
});
type Step = z.infer<typeof Step>;

async function metadataOf({ reader, name }: McapFile, wanted: string): Promise<Record<string, string>[]> {
  return faultsOf(name, 'metadata', async () => {
    const found: Record<string, string>[] = [];
    for await (const { metadata } of reader.readMetadata({ name: wanted }))
      found.push(Object.fromEntries(metadata));
    return found;
  });
}

function checked<T extends z.ZodType>(file: McapFile, place: string, schema: T, value: unknown): z.output<T> {
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data as z.output<T>;
  const [issue] = error?.issues ?? [];
  throw badFile(
    file.name,
    `${place}, ${issue?.path.join('.') ?? ''}`,
    issue?.message ?? 'does not hold what it must',
  );
}

/** One that Foresight wrote: its steps are the log's rows. */
async function ownRecording(file: McapFile, described: Record<string, string>): Promise<Dataset> {
  const recording = checked(file, `metadata "${RECORDING}"`, Recording, described);
  const episodes = (await metadataOf(file, EPISODE)).map((one) =>
    checked(file, `metadata "${EPISODE}"`, Episode, one),
  );
  const columns = (channels: ChannelInfo[], role: 'observation' | 'action'): DatasetColumn[] =>
    channels.map((channel) => ({ ...channel, column: `${role}/${channel.name}`, role }));
  return {
    head: {
      ...{ format: 'MCAP of Foresight', rig: recording.rig, periodSeconds: recording.periodSeconds },
      ...{ episodes: episodes.length, rows: episodes.reduce((sum, { rows }) => sum + rows, 0), remarks: [] },
      cameras: [],
      columns: [...columns(recording.observations, 'observation'), ...columns(recording.actions, 'action')],
    },
    rigFile: await attachedRig(file),
    close: () => file.handle.close(),
    read: (wanted) => read(file, new Map(episodes.map((one) => [one.id, one])), wanted),
  };
}

async function attachedRig({ reader, name }: McapFile): Promise<unknown> {
  return faultsOf(name, 'attachment "rig.json"', async () => {
    for await (const { data } of reader.readAttachments({ name: 'rig.json' })) {
      return JSON.parse(new TextDecoder().decode(data)) as unknown;
    }
    return null;
  });
}

/** Steps that are handed on at once. */
const PART_STEPS = 1024;

async function* read(
  file: McapFile,
  episodes: ReadonlyMap<number, Episode>,
  wanted: { observations: string[]; actions: string[] },
): AsyncGenerator<DatasetPart, void, void> {
  const names = {
    observations: wanted.observations.map((column) => column.slice('observation/'.length)),
    actions: wanted.actions.map((column) => column.slice('action/'.length)),
  };
  let steps: Step[] = [];
  let inHand: number | undefined;
  let events: { step: number; kind: string; message: string }[] = [];
  const rest = function* (): Generator<DatasetPart> {
    if (steps.length > 0) yield { kind: 'rows', rows: rowsOf(steps, names) };
    steps = [];
  };
  for await (const { topic, message, at } of messages(file, [STEP_TOPIC, EVENT_TOPIC])) {
    if (topic === EVENT_TOPIC) {
      const { line, name, message: text } = checked(file, at, Event, message);
      events.push({ step: line, kind: name, message: text });
      continue;
    }
    const step = checked(file, at, Step, message);
    if (inHand !== undefined && step.episode !== inHand) {
      yield* rest();
      yield { kind: 'end', end: endOf(inHand, episodes.get(inHand), events) };
      events = [];
    }
    inHand = step.episode;
    steps.push(step);
    if (steps.length === PART_STEPS) yield* rest();
  }
  yield* rest();
  if (inHand !== undefined) yield { kind: 'end', end: endOf(inHand, episodes.get(inHand), events) };
}

const Event = z.object({ line: z.number(), name: z.string(), message: z.string() });

function rowsOf(steps: readonly Step[], names: { observations: string[]; actions: string[] }): DatasetRows {
  const series = (of: (step: Step) => number | null) =>
    Float64Array.from(steps, (step) => of(step) ?? Number.NaN);
  const matrix = (columns: readonly string[], of: (step: Step) => Record<string, number | null>) =>
    Float64Array.from(steps.flatMap((step) => columns.map((column) => of(step)[column] ?? Number.NaN)));
  return {
    rows: steps.length,
    observations: matrix(names.observations, ({ observation }) => observation),
    actions: matrix(names.actions, ({ action }) => action),
    requested: matrix(names.actions, ({ requested }) => requested),
    ...{ reward: series(({ reward }) => reward), missed: series(({ missed }) => missed) },
    ...{
      hostSeconds: series((step) => step.host_seconds),
      deviceSeconds: series((step) => step.device_seconds),
    },
    ...{ latenessSeconds: series((step) => step.lateness_seconds), planMs: series((step) => step.plan_ms) },
  };
}

function endOf(
  id: number,
  episode: Episode | undefined,
  events: readonly { step: number; kind: string; message: string }[],
): DatasetEnd {
  return {
    called: `episode ${id}`,
    startedAt: episode?.startedAt ?? null,
    terminated: episode?.terminated ?? false,
    tags: episode?.tags ?? [],
    notes: notesOf(episode?.reason ?? '', [...events]),
  };
}
