import {
  countsOf,
  type Dataset,
  type DatasetCard,
  type DatasetSummary,
  remarksOf,
  type Split,
} from '../../shared/dataset';
import type { ChannelInfo, EpisodeSummary } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import type { SurveyInput, SurveyStep } from '../../shared/survey';
import { version } from '../installation/version';
import type { Log } from '../log/types';
import { contentSums, type SurveyedEpisode, type SurveyWatch, setSum, surveyEpisodes } from '../survey';
import { Broadcast, batches } from './stream';

type Sets = Pick<Log, 'datasets' | 'dataset'>;

/** By its name or its number. @throws ForesightError not-found */
export async function findDataset(log: Sets, wanted: string): Promise<DatasetSummary> {
  const all = await log.datasets();
  const found = all.find(({ name }) => name === wanted) ?? all.find(({ id }) => String(id) === wanted);
  if (found !== undefined) return found;
  const there = all.map(({ name }) => name).join(', ');
  throw new ForesightError(
    'not-found',
    `There is no data set "${wanted}" in this workspace.`,
    all.length > 0 ? `Choose one of: ${there}.` : 'Make one: foresight dataset make.',
  );
}

/**
 * The episodes that are meant: named ones, or those of a data set.
 * @param usual the split where none is said; all of the set for null
 * @returns undefined where neither is said
 * @throws ForesightError not-found; wrong-use: both, or an empty split
 */
export async function episodesAsked(
  log: Sets,
  asked: { episodes?: number[]; dataset?: string; split?: Split },
  usual: Split | null,
): Promise<number[] | undefined> {
  const { episodes, dataset } = asked;
  if (dataset === undefined) {
    if (asked.split === undefined) return episodes;
    throw new ForesightError('wrong-use', 'A split is one of a data set.', 'Name it: --dataset.');
  }
  if (episodes !== undefined) {
    throw new ForesightError(
      'wrong-use',
      'Both a data set and episodes were named.',
      'Leave one out, or add the episodes to the data set.',
    );
  }
  const { id, name } = await findDataset(log, dataset);
  const split = asked.split ?? usual;
  const members = membersOf(await log.dataset(id), split).map((member) => member.id);
  if (members.length > 0) return members;
  throw new ForesightError(
    'wrong-use',
    `The data set "${name}" has no episode${split === null ? '' : ` in its split "${split}"`}.`,
    'Add episodes to it, or look at its splits: foresight dataset show.',
  );
}

const membersOf = ({ members }: Dataset, split: Split | null) =>
  split === null ? members : members.filter((one) => one.split === split);

/**
 * What is handed over with a data set, with a checksum over all that is in it.
 * @throws ForesightError not-found, cancelled; bad-file: an episode is not what was written
 */
export async function cardOf(
  log: Log,
  id: number,
  { by, split = null }: { by: string | null; split?: Split | null },
  watch: SurveyWatch = {},
): Promise<DatasetCard> {
  const dataset = await log.dataset(id);
  const members = membersOf(dataset, split);
  const episodes = await summariesOf(
    log,
    members.map((member) => member.id),
  );
  const sums = await contentSums(log.folder, episodes.map(surveyed), watch);
  const { name, note, seed, validation, test, createdAt, splits } = dataset;
  return {
    ...({ schema: 'foresight.dataset-card/1', name, note, by } as const),
    ...{ madeAt: createdAt, writtenAt: Date.now(), software: version, split, seed },
    shares: { validation, test },
    rigs: rigsOf(episodes),
    ...{ counts: countsOf(members), splits },
    episodes: members.map((member, i) => ({ ...member, sha256: sums[i] ?? '' })),
    checksum: setSum(sums),
    remarks: remarksOf(dataset),
  };
}

/** Statistics of what is asked for, with how far it is; ends with who asked. @throws ForesightError wrong-use, bad-file */
export async function* survey(
  log: Log,
  { dataset, split, episodes, coverage }: SurveyInput,
  signal?: AbortSignal,
): AsyncGenerator<SurveyStep, void, void> {
  const ids =
    dataset === undefined
      ? (episodes ?? [])
      : membersOf(await log.dataset(dataset), split ?? null).map((member) => member.id);
  const found = await summariesOf(log, ids);
  const progress = new Broadcast<SurveyStep>();
  const stop = new AbortController();
  const onProgress = (done: number, total: number) => progress.publish({ done, total });
  const result = surveyEpisodes(log.folder, found.map(surveyed), coverage, {
    ...{ signal: stop.signal, onProgress },
  });
  const ended = result.then(
    () => null,
    () => null,
  );
  const steps = batches<SurveyStep, SurveyStep>(progress, {
    empty: () => ({ done: 0, total: 0 }),
    merge: (batch, step) => Object.assign(batch, step),
    intervalMs: 100,
    ...(signal && { signal }),
  });
  try {
    for (;;) {
      const next = await Promise.race([steps.next(), ended]);
      if (next === null || next.done) break;
      yield next.value;
    }
    if (signal?.aborted) return;
    const survey = await result;
    yield { done: 1, total: 1, survey };
  } finally {
    stop.abort();
    await ended;
    // Not waited for: it may stand waiting for a step that never comes.
    void steps.return();
  }
}

async function summariesOf(log: Pick<Log, 'episodes'>, ids: readonly number[]): Promise<EpisodeSummary[]> {
  const found = new Map((await log.episodes({ numbers: [...ids] })).map((one) => [one.id, one]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

function surveyed(episode: EpisodeSummary): SurveyedEpisode {
  const { id, steps, durationSeconds, periodSeconds, observations, actions } = episode;
  return {
    ...{ id, rows: steps + 1, seconds: durationSeconds, return: episode.return },
    ...{ periodSeconds, observations, actions },
  };
}

function rigsOf(episodes: readonly EpisodeSummary[]): DatasetCard['rigs'] {
  const named = (channels: readonly ChannelInfo[]) => channels.map(({ name, unit }) => `${name} [${unit}]`);
  return [...new Set(episodes.map(({ rig }) => rig))].map((name) => {
    const own = episodes.filter(({ rig }) => rig === name);
    return {
      ...{ name, episodes: own.length },
      observations: named(own[0]?.observations ?? []),
      actions: named(own[0]?.actions ?? []),
    };
  });
}
