import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ForesightError } from '../../shared/errors';
import { pictureKind } from '../camera/picture-file';
import { framesSeen } from '../camera/seen';
import { writeWholePlace } from '../files/whole-place';
import type { EpisodeCamera, Log } from '../log/types';
import { integer } from './options';
import { counted, type Output } from './output';
import { withReader } from './with-core';

/** Frames that are read at once: of 64 × 64 pixels some hundred kB. */
const PART = 256;
const CSV_NAME = 'frames.csv';

export function episodeFramesCommand(episode: Command, output: () => Output): void {
  episode
    .command('frames <episode>')
    .description('what a camera saw in an episode, as PNG or JPEG files with a table of their times')
    .option('--camera <name>', 'which one; may be left out where there is one')
    .requiredOption('--out <folder>', 'a new folder')
    .action(async (id: string, flags: { camera?: string; out: string }) => {
      const out = output();
      const result = await withReader(out.options, (log) =>
        writeFrames(log, integer(1)(id), flags.camera, flags.out),
      );
      out.result(result, () =>
        out.line(
          `Wrote ${counted(result.frames, 'picture')} of camera "${result.camera}" to ${result.folder}.`,
        ),
      );
    });
}

async function writeFrames(log: Log, id: number, name: string | undefined, folder: string) {
  await log.episode(id);
  const cameras = await log.cameras(id);
  const camera = cameraNamed(cameras, name, id);
  const times = await log.frameTimes(id, camera);
  const rows = await log.columns(id);
  const seen = framesSeen(rows.hostSeconds, times.hostSeconds);
  const lines: string[] = [];
  await writeWholePlace(folder, { place: 'folder' }, async (temporary) => {
    const end = (times.sequence.at(-1) ?? -1) + 1;
    for (let from = 0; from < end; from += PART) {
      for (const { sequence, hostSeconds, deviceSeconds, data } of await log.frames(
        id,
        camera,
        from,
        from + PART,
      )) {
        const file = `${String(sequence).padStart(6, '0')}.${pictureKind(data) === 'png' ? 'png' : 'jpg'}`;
        const first = seen.indexOf(lines.length);
        const steps = first < 0 ? ',' : `${first},${seen.lastIndexOf(lines.length)}`;
        lines.push(`${file},${sequence},${hostSeconds},${deviceSeconds},${steps}`);
        await writeFile(join(temporary, file), data);
      }
    }
    const head = 'file,sequence,host_seconds,device_seconds,first_step,last_step';
    await writeFile(join(temporary, CSV_NAME), `${[head, ...lines].join('\n')}\n`);
  });
  return { episode: id, camera: cameras[camera]?.name ?? '', frames: lines.length, folder };
}

/** Its place among the episode's. */
export function cameraNamed(
  cameras: readonly EpisodeCamera[],
  name: string | undefined,
  episode: number,
): number {
  const names = cameras.map((camera) => `"${camera.name}"`).join(', ');
  if (cameras.length === 0) {
    throw new ForesightError(
      'not-found',
      `Episode ${episode} has no pictures: its rig had no camera.`,
      'Record on a rig with cameras (docs/cameras.md), pendulum-camera for one.',
    );
  }
  if (name === undefined && cameras.length > 1) {
    throw new ForesightError(
      'wrong-use',
      `Episode ${episode} has the cameras ${names}.`,
      'Say which one with --camera.',
    );
  }
  const place = name === undefined ? 0 : cameras.findIndex((camera) => camera.name === name);
  if (place >= 0) return place;
  throw new ForesightError(
    'not-found',
    `Episode ${episode} has no camera "${name}"; it has ${names}.`,
    'Give the name of one of these.',
  );
}
