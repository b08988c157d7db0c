import { z } from 'zod';
import { ChannelInfo, EPISODE_SOURCES } from '../../../shared/episode';
import { ForesightError } from '../../../shared/errors';
import { channelName } from '../../../shared/rig';
import { chunkBytes, decodeChunk, emptyColumns, encodeChunk } from '../chunks';
import type { WholeEpisode } from '../types';
import type { Frame } from './frames';

/**
 * What another process may ask of the one that has the workspace open: the writes that need no rig. An episode's
 * numbers are the frame's bytes, each episode one chunk (docs/log.md), one after another.
 */
const id = z.number().int().min(1);
const text = z.string().max(10_000);
const tags = z.array(text).max(1000);
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
});

const Request = z.discriminatedUnion('method', [
  z.object({
    method: z.literal('addEpisodes'),
    what: text,
    episodes: z
      .array(
        z.object({
          episode: NewEpisode,
          startedAt: z.number(),
          terminated: z.boolean(),
          reason: text,
          notes: z.array(text).max(1000),
          tags,
          rows: z.number().int().min(1),
        }),
      )
      .max(100_000),
  }),
  z.object({ method: z.literal('deleteEpisodes'), ids: z.array(id).max(100_000) }),
  z.object({ method: z.literal('tagEpisodes'), ids: z.array(id).max(100_000), tags }),
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
  'tagEpisodes',
]);

export function encodeRequest(method: BesideMethod, args: unknown[]): Frame {
  const [first, second] = args;
  switch (method) {
    case 'addEpisodes':
      return encodeEpisodes(first as WholeEpisode[], String(second));
    case 'deleteEpisodes':
      return plain({ method, ids: first });
    case 'tagEpisodes':
      return plain({ method, ids: first, tags: second });
    case 'addModel':
      return plain({ method, model: first });
    case 'updateModel':
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
    case 'addEpisodes':
      return { method: request.method, args: [decodeEpisodes(request.episodes, body), request.what] };
    case 'deleteEpisodes':
      return { method: request.method, args: [request.ids] };
    case 'tagEpisodes':
      return { method: request.method, args: [request.ids, request.tags] };
    case 'addModel':
      return { method: request.method, args: [request.model] };
    case 'updateModel':
      return { method: request.method, args: [request.hash, request.change] };
    default:
      return { method: request.method, args: [] };
  }
}

const plain = (document: Request | Record<string, unknown>): Frame => ({ document, body: new Uint8Array() });

type Described = Extract<Request, { method: 'addEpisodes' }>['episodes'][number];

const layoutOf = ({ observations, actions }: Described['episode'] | WholeEpisode['episode']) => ({
  observations: observations.length,
  actions: actions.length,
});

function encodeEpisodes(episodes: readonly WholeEpisode[], what: string): Frame {
  const blocks = episodes.map(
    ({ episode, columns }) => encodeChunk(columns, layoutOf(episode), 0, columns.rows).data,
  );
  const described = episodes.map(({ columns, notes = [], ...rest }) => ({
    ...rest,
    notes,
    rows: columns.rows,
  }));
  return { document: { method: 'addEpisodes', what, episodes: described }, body: Buffer.concat(blocks) };
}

function decodeEpisodes(described: readonly Described[], body: Uint8Array): WholeEpisode[] {
  const bytes = described.map(({ rows, episode }) => chunkBytes(rows, layoutOf(episode)));
  const total = bytes.reduce((sum, length) => sum + length, 0);
  if (total !== body.byteLength) throw refused(`announces ${total} bytes and has ${body.byteLength}`);
  let at = 0;
  return described.map(({ rows, ...whole }, i) => {
    const layout = layoutOf(whole.episode);
    const columns = emptyColumns(rows, layout);
    const data = body.subarray(at, at + (bytes[i] ?? 0));
    at += data.byteLength;
    decodeChunk({ rows, data, predictions: null, insight: null }, layout, columns, 0);
    return { ...whole, columns };
  });
}

function refused(what: string): ForesightError {
  return new ForesightError(
    'wrong-use',
    `The request of another Foresight ${what}.`,
    'Use the same version of Foresight for both.',
  );
}
