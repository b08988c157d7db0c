import { z } from 'zod';
import { DatasetChange, NewDataset } from '../../../shared/dataset';
import { ChannelInfo, EPISODE_SOURCES, type EpisodeColumns, Outcome } from '../../../shared/episode';
import { MatchingEpisodes } from '../../../shared/episode-list';
import { ForesightError } from '../../../shared/errors';
import { channelName } from '../../../shared/rig';
import { type ChunkLayout, chunkBytes, decodeChunk, emptyColumns, encodeChunk } from '../chunks';
import type { LoggedFrame } from '../types';
import type { Frame } from './frames';

/**
 * What another process may ask of the one that has the workspace open: the writes that need no rig. The
 * numbers of rows are the frame's bytes, laid out as one chunk (docs/log.md).
 */
const id = z.number().int().min(1);
const count = z.number().int().min(0);
const text = z.string().max(10_000);
const tags = z.array(text).max(1000);
const which = z.union([z.array(id).max(100_000), MatchingEpisodes]);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const channels = z
  .array(ChannelInfo.extend({ name: channelName }))
  .min(1)
  .max(1000);

const NewEpisode = z.object({
  rig: text,
  rigFile: z.unknown(),
  source: z.enum(EPISODE_SOURCES),
  periodSeconds: z.number().positive(),
  observations: channels,
  actions: channels,
  run: z.null(),
  seed: z.number().int().nullable(),
  cameras: z
    .array(
      z.object({
        ...{ name: text, width: count.min(1), height: count.min(1), rate: z.number().positive() },
        dropped: count.optional(),
      }),
    )
    .max(1000)
    .optional(),
});

const Request = z.discriminatedUnion('method', [
  z.object({ method: z.literal('stageEpisode'), episode: NewEpisode }),
  z.object({
    method: z.literal('stageRows'),
    ...{ id, firstRow: count, rows: count.min(1), observations: count.max(1000), actions: count.max(1000) },
  }),
  z.object({
    method: z.literal('stageFrames'),
    id,
    frames: z
      .array(
        z.object({
          ...{ camera: count, sequence: count, bytes: count },
          ...{ hostSeconds: z.number(), deviceSeconds: z.number() },
        }),
      )
      .max(100_000),
  }),
  z.object({
    method: z.literal('commitStaged'),
    what: text,
    episodes: z
      .array(
        z.object({
          id,
          startedAt: z.number(),
          terminated: z.boolean(),
          reason: text,
          notes: z.array(text).max(1000),
          tags,
        }),
      )
      .max(100_000),
  }),
  z.object({ method: z.literal('discardStaged'), ids: z.array(id).max(100_000) }),
  z.object({ method: z.literal('deleteEpisodes'), which }),
  z.object({ method: z.literal('restoreEpisodes'), which }),
  z.object({ method: z.literal('tagEpisodes'), which, tags }),
  z.object({ method: z.literal('retagEpisodes'), which, add: tags, remove: tags }),
  z.object({ method: z.literal('takeBack'), edit: id }),
  z.object({ method: z.literal('starEpisodes'), which, starred: z.boolean() }),
  z.object({ method: z.literal('judgeEpisodes'), which, outcome: Outcome.nullable() }),
  z.object({ method: z.literal('trimEpisode'), id, from: count, to: count }),
  z.object({ method: z.literal('splitEpisode'), id, row: count }),
  z.object({ method: z.literal('mergeEpisodes'), ids: z.array(id).max(100_000) }),
  z.object({ method: z.literal('addNote'), id, step: count, text }),
  z.object({ method: z.literal('makeDataset'), made: NewDataset }),
  z.object({ method: z.literal('changeDataset'), id, change: DatasetChange }),
  z.object({ method: z.literal('removeDataset'), id }),
  z.object({ method: z.literal('undo') }),
  z.object({ method: z.literal('redo') }),
  z.object({
    method: z.literal('addModel'),
    model: z.object({
      hash,
      name: text,
      createdAt: z.number(),
      rig: text,
      options: z.unknown(),
      metrics: z.unknown(),
      evaluation: z.unknown(),
      episodes: z.array(id),
    }),
  }),
  z.object({
    method: z.literal('updateModel'),
    hash,
    change: z.object({ name: text.optional(), evaluation: z.unknown().optional() }),
  }),
  z.object({
    method: z.literal('addPolicy'),
    policy: z.object({
      ...{ hash, name: text, createdAt: z.number(), rig: text },
      ...{ summary: z.unknown(), evaluation: z.unknown() },
    }),
  }),
  z.object({
    method: z.literal('updatePolicy'),
    hash,
    change: z.object({
      name: text.optional(),
      evaluation: z.unknown().optional(),
      removed: z.boolean().optional(),
    }),
  }),
]);
type Request = z.infer<typeof Request>;
export type BesideMethod = Request['method'];

/** Calls of `Log` that another process may ask for; the others need what only the holder has: its rig, its recording. */
export const BESIDE: ReadonlySet<string> = new Set<string>(
  Request.options.map((one) => one.shape.method.value),
);

/** Asking once more does no harm: for when the answer was lost. */
export const REPEATABLE: ReadonlySet<string> = new Set<BesideMethod>([
  'addModel',
  'updateModel',
  'addPolicy',
  'updatePolicy',
  'restoreEpisodes',
  'tagEpisodes',
  'starEpisodes',
  'judgeEpisodes',
]);

export function encodeRequest(method: BesideMethod, args: unknown[]): Frame {
  const [first, second, third] = args;
  switch (method) {
    case 'stageEpisode':
      return plain({ method, episode: first });
    case 'stageRows':
      return encodeRows(Number(first), Number(second), third as EpisodeColumns);
    case 'stageFrames':
      return encodeFrames(Number(first), second as LoggedFrame[]);
    case 'commitStaged':
      return plain({ method, episodes: first, what: second });
    case 'discardStaged':
    case 'mergeEpisodes':
      return plain({ method, ids: first });
    case 'deleteEpisodes':
    case 'restoreEpisodes':
      return plain({ method, which: first });
    case 'starEpisodes':
      return plain({ method, which: first, starred: second });
    case 'judgeEpisodes':
      return plain({ method, which: first, outcome: second });
    case 'retagEpisodes':
      return plain({ method, which: first, add: second, remove: third });
    case 'takeBack':
      return plain({ method, edit: first });
    case 'trimEpisode':
      return plain({ method, id: first, from: second, to: third });
    case 'splitEpisode':
      return plain({ method, id: first, row: second });
    case 'tagEpisodes':
      return plain({ method, which: first, tags: second });
    case 'addNote':
      return plain({ method, id: first, step: second, text: third });
    case 'makeDataset':
      return plain({ method, made: first });
    case 'changeDataset':
      return plain({ method, id: first, change: second });
    case 'removeDataset':
      return plain({ method, id: first });
    case 'addModel':
      return plain({ method, model: first });
    case 'addPolicy':
      return plain({ method, policy: first });
    case 'updateModel':
    case 'updatePolicy':
      return plain({ method, hash: first, change: second });
    default:
      return plain({ method });
  }
}

/** @throws ForesightError wrong-use, with the place in the request that is wrong */
export function decodeRequest({ document, body }: Frame): { method: BesideMethod; args: unknown[] } {
  const parsed = Request.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw refused(`does not fit at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const request = parsed.data;
  switch (request.method) {
    case 'stageEpisode':
      return { method: request.method, args: [request.episode] };
    case 'stageRows':
      return { method: request.method, args: [request.id, request.firstRow, decodeRows(request, body)] };
    case 'stageFrames':
      return { method: request.method, args: [request.id, decodeFrames(request.frames, body)] };
    case 'commitStaged':
      return { method: request.method, args: [request.episodes, request.what] };
    case 'discardStaged':
    case 'mergeEpisodes':
      return { method: request.method, args: [request.ids] };
    case 'deleteEpisodes':
    case 'restoreEpisodes':
      return { method: request.method, args: [request.which] };
    case 'starEpisodes':
      return { method: request.method, args: [request.which, request.starred] };
    case 'judgeEpisodes':
      return { method: request.method, args: [request.which, request.outcome] };
    case 'retagEpisodes':
      return { method: request.method, args: [request.which, request.add, request.remove] };
    case 'takeBack':
      return { method: request.method, args: [request.edit] };
    case 'trimEpisode':
      return { method: request.method, args: [request.id, request.from, request.to] };
    case 'splitEpisode':
      return { method: request.method, args: [request.id, request.row] };
    case 'tagEpisodes':
      return { method: request.method, args: [request.which, request.tags] };
    case 'addNote':
      return { method: request.method, args: [request.id, request.step, request.text] };
    case 'makeDataset':
      return { method: request.method, args: [request.made] };
    case 'changeDataset':
      return { method: request.method, args: [request.id, request.change] };
    case 'removeDataset':
      return { method: request.method, args: [request.id] };
    case 'addModel':
      return { method: request.method, args: [request.model] };
    case 'addPolicy':
      return { method: request.method, args: [request.policy] };
    case 'updateModel':
    case 'updatePolicy':
      return { method: request.method, args: [request.hash, request.change] };
    default:
      return { method: request.method, args: [] };
  }
}

const plain = (document: Request | Record<string, unknown>): Frame => ({ document, body: new Uint8Array() });

function encodeRows(id: number, firstRow: number, columns: EpisodeColumns): Frame {
  const { rows } = columns;
  const layout = { observations: columns.observations.length / rows, actions: columns.actions.length / rows };
  const { data } = encodeChunk(columns, layout, 0, rows);
  return { document: { method: 'stageRows', id, firstRow, rows, ...layout }, body: data };
}

function decodeRows({ rows, ...layout }: ChunkLayout & { rows: number }, body: Uint8Array): EpisodeColumns {
  const total = chunkBytes(rows, layout);
  if (total !== body.byteLength) throw refused(`announces ${total} bytes and has ${body.byteLength}`);
  const columns = emptyColumns(rows, layout);
  decodeChunk({ rows, data: body, predictions: null, insight: null }, layout, columns, 0);
  return columns;
}

/** Pictures: what is known of each in the document, their bytes one behind the other. */
function encodeFrames(id: number, frames: readonly LoggedFrame[]): Frame {
  const described = frames.map(({ data, ...frame }) => ({ ...frame, bytes: data.byteLength }));
  return {
    document: { method: 'stageFrames', id, frames: described },
    body: Buffer.concat(frames.map(({ data }) => data)),
  };
}

function decodeFrames(
  described: Extract<Request, { method: 'stageFrames' }>['frames'],
  body: Uint8Array,
): LoggedFrame[] {
  const total = described.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total !== body.byteLength) throw refused(`announces ${total} bytes and has ${body.byteLength}`);
  let at = 0;
  return described.map(({ bytes, ...frame }) => {
    const data = body.subarray(at, at + bytes);
    at += bytes;
    return { ...frame, data };
  });
}

function refused(what: string): ForesightError {
  return new ForesightError(
    'wrong-use',
    `The request of another Foresight ${what}.`,
    'Use the same version of Foresight for both.',
  );
}
