import type { Command } from 'commander';
import { ForesightError } from '../../shared/errors';
import { writeWholePlace } from '../files/whole-place';
import { writeVideo } from '../formats/video/episode-video';
import { cameraNamed } from './episode-frames';
import { integer } from './options';
import { counted, type Output } from './output';
import { withReader } from './with-core';

export function episodeVideoCommand(episode: Command, output: () => Output): void {
  episode
    .command('video <episode>')
    .description(
      'what a camera saw in an episode as a video, MP4 of the pictures as they are, at their own times',
    )
    .option('--camera <name>', 'which one; may be left out where there is one')
    .requiredOption('--out <file>', 'a new file, whose name ends in .mp4')
    .action(async (id: string, flags: { camera?: string; out: string }) => {
      if (!/\.mp4$/i.test(flags.out)) {
        throw new ForesightError(
          'wrong-use',
          `${flags.out} does not end in .mp4, which is what the video is.`,
          'Give the file such a name.',
        );
      }
      const out = output();
      const result = await withReader(out.options, async (log) => {
        const number = integer(1)(id);
        await log.episode(number);
        const cameras = await log.cameras(number);
        const camera = cameraNamed(cameras, flags.camera, number);
        let frames = 0;
        await writeWholePlace(flags.out, { place: 'file' }, async (temporary) => {
          frames = await writeVideo(log, number, camera, temporary);
        });
        return { episode: number, camera: cameras[camera]?.name ?? '', frames, file: flags.out };
      });
      out.result(result, () =>
        out.line(
          `Wrote ${counted(result.frames, 'picture')} of camera "${result.camera}" to ${result.file}.`,
        ),
      );
    });
}
