import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ForesightError } from '../../../shared/errors';
import type { CsvSource, RigSource, StudySource } from '../../../shared/model-study';
import { Random } from '../../../shared/random';
import type { RigFile } from '../../../shared/rig';
import { rigChannels } from '../../../shared/rig-channels';
import { guardAction, holdAction } from '../../control/guard';
import { splitEpisodes } from '../../dynamics/data/splits';
import type { ModelChannels, TrainingEpisode } from '../../dynamics/types';
import { columnOption, readCsvEpisodes } from '../../formats/csv';
import { loadRig, openDriver } from '../../rig';
import type { Driver } from '../../rig/driver';
import { rigPath } from '../common/unit-file';
import { COIN_CHANNELS, coinEpisode } from './coin';
import { excitation } from './excitation';
import { outsideRegion } from './withhold';

/** Data of one source for one seed. */
export interface StudyData {
  rig: string;
  channels: ModelChannels;
  /** To learn from, without what is withheld. */
  train: TrainingEpisode[];
  /** To judge on; the whole state space. */
  test: TrainingEpisode[];
}

/** Transitions of the coin plant to judge on. */
const COIN_TEST_TRANSITIONS = 1000;

/**
 * The data of a source. The same source and seed give the same data on every machine; test data are the same for every
 * seed.
 * @param folder of the study's file, which paths are relative to
 */
export async function loadSource(source: StudySource, seed: number, folder: string): Promise<StudyData> {
  const data = await loaded(source, seed, folder);
  if (source.withhold === undefined) return data;
  return { ...data, train: outsideRegion(data.channels.observations, source.withhold, data.train) };
}

function loaded({ name, record, csv, coin }: StudySource, seed: number, folder: string): Promise<StudyData> {
  if (record) return fromRig(record, seed, folder);
  if (csv) return fromCsv(name, csv, folder);
  if (!coin) throw new RangeError('a source is checked to have one of three kinds');
  const random = new Random(seed).fork('coin');
  return Promise.resolve({
    rig: 'coin',
    channels: COIN_CHANNELS,
    train: [coinEpisode(coin, 1, coin.transitions, random)],
    test: [coinEpisode(coin, 2, COIN_TEST_TRANSITIONS, new Random(0).fork('coin test'))],
  });
}

/** Why a source cannot be had on this machine, as a sentence; undefined when it can. */
export async function missingSource({ name, csv }: StudySource, folder: string): Promise<string | undefined> {
  for (const file of csv?.files ?? []) {
    const found = await stat(resolve(folder, file)).catch(() => undefined);
    if (!found?.isFile()) return `"${name}" is left out: there is no file ${file} beside the study.`;
  }
  return undefined;
}

async function fromCsv(name: string, csv: CsvSource, folder: string): Promise<StudyData> {
  const { episodes } = await readCsvEpisodes({
    files: csv.files.map((file) => resolve(folder, file)),
    rig: name,
    mapping: {
      time: csv.time,
      timeUnit: csv.timeUnit,
      observations: csv.observations.map(columnOption),
      actions: csv.actions.map(columnOption),
    },
    periodSeconds: 1 / csv.rate,
    gapSeconds: csv.gapSeconds,
  });
  const [first] = episodes;
  if (first === undefined) throw new RangeError('an import without episodes is an error of its own');
  const { observations, actions, periodSeconds } = first.episode;
  const all = episodes.map(({ columns }, i): TrainingEpisode => ({ id: i + 1, columns }));
  const { first: train, last: test } = splitEpisodes(all, csv.testShare);
  return { rig: name, channels: { observations, actions, periodSeconds }, train, test };
}

async function fromRig(spec: RigSource, seed: number, folder: string): Promise<StudyData> {
  const rig = await loadRig(rigPath(spec.rig, folder));
  const { file } = rig;
  if (file.driver !== 'mujoco') {
    throw new ForesightError(
      'wrong-use',
      `"${file.title}" runs in real time; a study records its data in lockstep.`,
      'Choose a simulated rig, or import recorded data as a CSV source.',
    );
  }
  const random = new Random(spec.seed);
  const driver = await openDriver(rig, { mode: 'lockstep', seed: 0 }, noHost);
  try {
    const record = (part: 'train' | 'test', stream: Random, firstId: number) =>
      recordEpisodes(driver, file, spec, part, stream, firstId);
    return {
      rig: file.name,
      channels: rigChannels(file),
      train: await record('train', random.fork(`train ${seed}`), 1),
      test: await record('test', random.fork('test'), 1 + spec.train.episodes),
    };
  } finally {
    await driver.close();
  }
}

async function recordEpisodes(
  driver: Driver,
  file: RigFile,
  spec: RigSource,
  part: 'train' | 'test',
  stream: Random,
  firstId: number,
): Promise<TrainingEpisode[]> {
  const { episodes, steps } = spec[part];
  const recorded: TrainingEpisode[] = [];
  for (let i = 0; i < episodes; i++) {
    const random = stream.fork(i);
    const kind = spec.excitation[i % spec.excitation.length];
    if (kind === undefined) throw new RangeError('a source has at least one excitation');
    const excite = excitation(kind, file.actions, file.periodSeconds, random.fork('excitation'));
    const observations = new Float64Array((steps + 1) * file.observations.length);
    const actions = new Float64Array((steps + 1) * file.actions.length).fill(Number.NaN);
    let previous = holdAction(file.actions);
    let { values } = await driver.reset(random.fork('reset').integer(2 ** 31));
    for (let step = 0; ; step++) {
      observations.set(values, step * file.observations.length);
      if (step === steps) break;
      // As a controller's commands: within the channels' limits and rates.
      previous = guardAction(file.actions, file.periodSeconds, previous, excite(step), step).action;
      actions.set(previous, step * file.actions.length);
      const next = driver.advance?.(previous);
      if (next === undefined) throw new RangeError('a rig in lockstep advances when asked');
      values = next.values;
    }
    recorded.push({ id: firstId + i, columns: { rows: steps + 1, observations, actions } });
  }
  return recorded;
}

/** A simulated rig in lockstep starts no process. */
const noHost = {
  spawn: () => Promise.reject(new RangeError('a simulated rig in lockstep starts no process')),
};
