import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { ForesightError } from '../../../shared/errors';
import type { FilmStrip } from '../../../shared/film-strip';
import type { LatentMap } from '../../../shared/latent-map';
import { firstSeeing, type SeenEpisode } from '../../dynamics/latent/pictures';
import { Seeing } from '../../dynamics/latent/seeing';
import { readModel } from '../../dynamics/model-file';
import { limitThreads } from '../../dynamics/threads';
import type { DynamicsModel, Eyes } from '../../dynamics/types';
import { type LogReader, openLogReader } from '../../log/reader';
import { workInTurn } from '../../processes/work-in-turn';
import { openEngineOrDefault } from '../../tensor';
import { readSeen } from '../latent-episodes';
import { type MappedStretch, mapOf } from './latent-map';
import { Onlooker } from './onlooker';
import type { FromSightWorker, ToSightWorker } from './sight-thread';
import { newestBeginning, readStretch } from './stretch';

/** Steps before a row that are gone through for what is believed there: a strip of a long episode takes no longer than one of a short. */
const CARRIED = 64;
/** Models that are kept ready: whoever compares two goes to and fro. */
const MOST_MODELS = 2;

/** The thread that looks at recorded pictures through a model's eyes. It takes one processor, and lets a training have the other. */
function start(port: NonNullable<typeof parentPort>): void {
  limitThreads(1);
  const ready = new Map<string, Promise<Onlooker>>();
  let open: { workspace: string; reader: LogReader } | undefined;
  const post = (message: FromSightWorker) => port.postMessage(message);

  const onlooker = async (file: string): Promise<Onlooker> => {
    const known = ready.get(file) ?? prepare(file);
    ready.delete(file);
    ready.set(file, known);
    for (const [other, old] of ready) {
      if (ready.size <= MOST_MODELS) break;
      ready.delete(other);
      await old.then((one) => one.dispose()).catch(() => undefined);
    }
    return known.catch((thrown: unknown) => {
      ready.delete(file);
      throw thrown;
    });
  };

  const readerOf = (workspace: string): LogReader => {
    if (open?.workspace !== workspace) {
      open?.reader.close();
      open = { workspace, reader: openLogReader(workspace) };
    }
    return open.reader;
  };

  const strip = async (asked: Extract<ToSightWorker, { type: 'strip' }>): Promise<FilmStrip> => {
    const { workspace, episode, steps } = asked;
    const { eyes, strip, carried } = await bound(onlooker(asked.modelFile));
    const reader = readerOf(workspace);
    const row = asked.row ?? newestBeginning(reader, episode, steps);
    const stretch = readStretch(reader, episode, row, eyes);
    if (eyes.recurrent === null) return strip(stretch);
    const firstRow = Math.max(0, row - CARRIED);
    const stretches = [
      { episode, firstRow, rows: row + 1 + (stretch.columns.at(-1)?.steps ?? 0) - firstRow },
    ];
    const [seen] = (await readSeen({ workspace, stretches }, stretches, eyes)) as [SeenEpisode];
    const first = Math.max(0, row - firstRow - firstSeeing(seen));
    return strip(stretch, { states: await carried(seen), row: first });
  };

  const handle = async (message: ToSightWorker): Promise<void> => {
    switch (message.type) {
      case 'strip':
        post({ type: 'strip', id: message.id, strip: await strip(message) });
        return;
      case 'pictures': {
        const pictures = await (await bound(onlooker(message.modelFile))).shown(message.states);
        post({ type: 'pictures', id: message.id, pictures });
        return;
      }
      case 'map':
        post({ type: 'map', id: message.id, map: await mapAll(message) });
        return;
      case 'close':
        for (const one of ready.values()) await one.then((it) => it.dispose()).catch(() => undefined);
        open?.reader.close();
        port.close();
    }
  };

  workInTurn<ToSightWorker>(
    port,
    { strip: true, pictures: true, map: true, close: true },
    handle,
    (message, error) => post({ type: 'failed', id: message.type === 'close' ? 0 : message.id, error }),
  );
}

async function bound(opening: Promise<Onlooker>) {
  const onlooker = await opening;
  const { eyes } = onlooker;
  return {
    ...{ eyes: eyes.summary, strip: onlooker.strip.bind(onlooker) },
    ...{ carried: onlooker.carried.bind(onlooker), shown: onlooker.shown.bind(onlooker) },
  };
}

async function prepare(file: string): Promise<Onlooker> {
  const { model, eyes } = await withEyes(file);
  return Onlooker.open(await openEngineOrDefault(model.summary.options.engine), model, eyes);
}

async function mapAll({
  workspace,
  modelFile,
  stretches,
}: Extract<ToSightWorker, { type: 'map' }>): Promise<LatentMap> {
  const { model, eyes } = await withEyes(modelFile);
  const seeing = await Seeing.open(await openEngineOrDefault(model.summary.options.engine), eyes);
  const reader = openLogReader(workspace);
  try {
    const mapped: MappedStretch[] = [];
    for (const seen of await readSeen({ workspace, stretches }, stretches, eyes.summary)) {
      const { columns } = await seeing.episode(seen);
      const [episode, before] = [seen.id, firstSeeing(seen)];
      const firstRow = seen.firstRow + before;
      const { hostSeconds } = reader.columns(episode, firstRow, firstRow + columns.rows);
      mapped.push({
        ...{ episode, firstRow, states: inferred(columns.observations, columns.rows, eyes.summary.latent) },
        ...{ seconds: hostSeconds, reward: seen.reward.subarray(before) },
      });
    }
    return mapOf(mapped, eyes.summary.latent);
  } finally {
    reader.close();
    await seeing.dispose();
  }
}

/** Of states what is inferred from the pictures, whose numbers have one unit, [rows, latent]. */
function inferred(states: Float64Array, rows: number, latent: number): Float64Array {
  const width = states.length / rows;
  const part = new Float64Array(rows * latent);
  for (let row = 0; row < rows; row++)
    part.set(states.subarray(row * width, row * width + latent), row * latent);
  return part;
}

/** @throws ForesightError wrong-use: it learned from channels; bad-file */
async function withEyes(file: string): Promise<{ model: DynamicsModel; eyes: Eyes }> {
  const model = await readModel(file);
  const { eyes } = model;
  if (eyes) return { model, eyes };
  throw new ForesightError(
    'wrong-use',
    `The model "${model.summary.name}" did not learn from pictures: it sees nothing.`,
    'Choose a model of the class "Latent, from pictures".',
  );
}

/** Nobody waits for it who moves a rig: plans go first. Linux counts by thread; elsewhere it would be the whole core. */
function goLast(): void {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);
}

goLast();
if (parentPort === null) throw new Error('sight-worker runs as a worker thread');
start(parentPort);
