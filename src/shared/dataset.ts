import { z } from 'zod';
import { Random } from './random';

/** What episodes of a data set are for. */
export const SPLITS = ['train', 'validation', 'test'] as const;
export const Split = z.enum(SPLITS);
export type Split = z.infer<typeof Split>;

const share = z.number().min(0).max(0.9);

export const DatasetSettings = z.object({
  name: z.string().trim().min(1).max(200),
  note: z.string().max(10_000).default(''),
  /** Another seed, another split. */
  seed: z.number().int().min(0).default(0),
  /** Shares of the recordings, about. */
  validation: share.default(0),
  test: share.default(0),
});
export type DatasetSettings = z.infer<typeof DatasetSettings>;

const ids = z.array(z.number().int()).max(100_000);
export const NewDataset = DatasetSettings.extend({
  episodes: ids.min(1),
  /** Left out, the first under which no split that is asked for is empty. */
  seed: DatasetSettings.shape.seed.removeDefault().optional(),
});
export type NewDataset = z.infer<typeof NewDataset>;

export const DatasetChange = z.object({
  name: DatasetSettings.shape.name.optional(),
  note: z.string().max(10_000).optional(),
  add: ids.optional(),
  remove: ids.optional(),
});
export type DatasetChange = z.infer<typeof DatasetChange>;

const count = z.number().int();
const Counts = z.object({ episodes: count, recordings: count, steps: count, seconds: z.number() });
export type Counts = z.infer<typeof Counts>;

/** A saved selection of episodes, as it is now. */
export const DatasetSummary = DatasetSettings.extend({
  id: z.number().int(),
  createdAt: z.number(),
  /** Of all that is in it, and by split. */
  counts: Counts,
  splits: z.object({ train: Counts, validation: Counts, test: Counts }),
  rigs: z.array(z.string()),
  /** Episodes of it that were deleted and are shown by no other: they come back with undo. */
  missing: ids,
});
export type DatasetSummary = z.infer<typeof DatasetSummary>;

export const DatasetEpisode = z.object({
  id: z.number().int(),
  rig: z.string(),
  split: Split,
  steps: z.number().int(),
  seconds: z.number(),
  /** Recordings whose rows it shows: itself, unless it was edited. */
  recordings: z.array(z.number().int()),
});
export type DatasetEpisode = z.infer<typeof DatasetEpisode>;

export const Dataset = DatasetSummary.extend({ members: z.array(DatasetEpisode) });
export type Dataset = z.infer<typeof Dataset>;

/** Recordings that an episode shows, and what each is known by: the same in a backup, other in another workspace. */
export interface Shown {
  id: number;
  recordings: { id: number; startedAt: number }[];
}

type Shares = Pick<DatasetSettings, 'seed' | 'validation' | 'test'>;

/**
 * Which split each episode is in. What decides is the recording: of everything that shows rows of one recording, nothing is on two
 * sides, however it was trimmed, split and merged. Where an episode shows several recordings, all of them are on one side: the first of
 * train, validation and test that one of them would be on by itself, so that nothing that was learned from becomes test data.
 *
 * A recording's side by itself follows from its identity and the seed alone: further episodes move none, unless they join two recordings.
 */
export function splitsOf(episodes: readonly Shown[], shares: Shares): Map<number, Split> {
  const groups = new Groups();
  for (const { recordings } of episodes) {
    for (const { id } of recordings) groups.join(id, recordings[0]?.id ?? id);
  }
  const sides = new Map<number, number>();
  for (const recording of episodes.flatMap(({ recordings }) => recordings)) {
    const group = groups.of(recording.id);
    const side = SPLITS.indexOf(sideOf(recording, shares));
    sides.set(group, Math.min(side, sides.get(group) ?? side));
  }
  return new Map(
    episodes.map(({ id, recordings }) => {
      const side = sides.get(groups.of(recordings[0]?.id ?? id)) ?? 0;
      return [id, SPLITS[side] ?? 'train'];
    }),
  );
}

/** Seeds that are tried for one that leaves nothing empty. */
const TRIES = 200;

/** The first seed under which none of the splits that are asked for is empty, nor what is learned from; 0 where none is found. */
export function seedFor(episodes: readonly Shown[], shares: Omit<Shares, 'seed'>): number {
  const wanted = SPLITS.filter((split) => split === 'train' || shares[split] > 0);
  for (let seed = 0; seed < TRIES; seed++) {
    const there = new Set(splitsOf(episodes, { ...shares, seed }).values());
    if (wanted.every((split) => there.has(split))) return seed;
  }
  return 0;
}

/** Of a recording by itself. */
export function sideOf(
  recording: { id: number; startedAt: number },
  { seed, validation, test }: Shares,
): Split {
  const place = new Random(hashOf(`${seed} ${recording.id} ${recording.startedAt}`)).uniform();
  if (place < test) return 'test';
  return place < test + validation ? 'validation' : 'train';
}

/** FNV-1a (Fowler, Noll, Vo) of 32 bits, from two beginnings: 53 bits of a text. */
function hashOf(text: string): number {
  const from = (basis: number) => {
    let hash = basis;
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    return hash >>> 0;
  };
  return from(0x811c9dc5) * 2 ** 21 + (from(0x050c5d1f) >>> 11);
}

/** Things that belong together, directly or by way of others. */
class Groups {
  readonly #parent = new Map<number, number>();

  of(id: number): number {
    let at = id;
    for (let up = this.#parent.get(at); up !== undefined && up !== at; up = this.#parent.get(at)) at = up;
    this.#parent.set(id, at);
    return at;
  }

  join(a: number, b: number): void {
    const [one, other] = [this.of(a), this.of(b)];
    this.#parent.set(Math.max(one, other), Math.min(one, other));
  }
}

/** What comes together of some members. */
export function countsOf(members: readonly DatasetEpisode[]): Counts {
  return {
    episodes: members.length,
    recordings: new Set(members.flatMap(({ recordings }) => recordings)).size,
    steps: members.reduce((sum, { steps }) => sum + steps, 0),
    seconds: members.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** What a person should know of a set before it is used, a sentence each. */
export function remarksOf({ counts, splits, missing, validation, test, rigs }: DatasetSummary): string[] {
  const wanted = [['train', 1] as const, ['validation', validation] as const, ['test', test] as const].filter(
    ([split, part]) => part > 0 && counts.episodes > 0 && splits[split].episodes === 0,
  );
  return [
    ...wanted.map(
      ([split]) => `Nothing is in the split "${split}": there are few recordings. Another seed may do.`,
    ),
    ...(rigs.length > 1 ? [`It has episodes of several rigs: ${rigs.join(', ')}.`] : []),
    ...(missing.length > 0
      ? [`${missing.length} of its episodes were deleted: ${missing.slice(0, 20).join(', ')}.`]
      : []),
  ];
}

/** What is handed over with a data set: who has the same card's checksum has the same data. */
export const DatasetCard = z.object({
  schema: z.literal('foresight.dataset-card/1'),
  name: z.string(),
  note: z.string(),
  /** Who made it, as that person says; null where nobody said. */
  by: z.string().nullable(),
  /** Unix time in ms. */
  madeAt: z.number(),
  writtenAt: z.number(),
  /** Version of Foresight that wrote the card. */
  software: z.string(),
  /** The split that this is; null for all of it. */
  split: Split.nullable(),
  seed: z.number().int(),
  shares: z.object({ validation: z.number(), test: z.number() }),
  rigs: z.array(
    z.object({
      name: z.string(),
      episodes: z.number().int(),
      observations: z.array(z.string()),
      actions: z.array(z.string()),
    }),
  ),
  counts: Counts,
  splits: z.object({ train: Counts, validation: Counts, test: Counts }),
  /** SHA-256 of the content of each, in the order in which they began. */
  episodes: z.array(DatasetEpisode.extend({ sha256: z.string() })),
  /** SHA-256 of these sums in their order: of all that is in it, whatever the numbers. */
  checksum: z.string(),
  remarks: z.array(z.string()),
});
export type DatasetCard = z.infer<typeof DatasetCard>;
