import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../src/main/camera/picture-file';
import { writeVideo } from '../../src/main/formats/video/episode-video';
import { Mp4Reader } from '../../src/main/formats/video/mp4-reader';
import { cameraWorkspace } from '../formats/camera-workspace';
import { HEIGHT, jpeg, png, ROWS, rgbOf, SEEN_FROM, WIDTH, watchedEpisode } from '../formats/watched-episode';
import { exported, freshPath, PERIOD } from '../formats/workspaces';
import { lacksModules, python } from './python';

const READ = `
import av, glob, hashlib, json, sys
[path] = glob.glob(sys.argv[1], recursive=True)
with av.open(path) as file:
    stream = file.streams.video[0]
    frames = [(float(f.pts * stream.time_base), f.to_ndarray(format="rgb24")) for f in file.decode(stream)]
    print(json.dumps({
        "codec": stream.codec_context.name, "size": [stream.width, stream.height],
        "times": [t for t, _ in frames], "first": [f.flatten()[:3].tolist() for _, f in frames],
        "hashes": [hashlib.sha256(f.tobytes()).hexdigest() for _, f in frames],
    }))
`;
interface Read {
  codec: string;
  size: number[];
  times: number[];
  first: number[][];
  hashes: string[];
}

/** Twelve frames that say which they are by their brightness. */
const ENCODE = `
import av, json, sys, numpy as np
path, codec, pixels = sys.argv[1:4]
with av.open(path, "w") as file:
    stream = file.add_stream(codec, rate=20)
    stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
    for i in range(12):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * i, np.uint8), format="rgb24")
        for packet in stream.encode(frame): file.mux(packet)
    for packet in stream.encode(): file.mux(packet)
print(json.dumps(None))
`;

describe.skipIf(await lacksModules('av'))('videos and FFmpeg (PyAV)', () => {
  it.each([
    ['mjpeg', 'yuvj420p', 'jpeg'],
    ['png', 'rgb24', 'png'],
  ])('that it encoded as %s are read here, picture by picture at its time', async (codec, pixels, known) => {
    const path = freshPath('theirs.mp4');
    await python(ENCODE, path, codec, pixels);
    const reader = await Mp4Reader.open(path);
    expect(reader.track).toMatchObject({ codec: known, width: 64, height: 48, samples: 12 });
    for (const sample of reader.samples()) {
      const picture = decodePicture(await reader.read(sample));
      expect(Math.abs(picture.data[0]! - 20 * sample.index)).toBeLessThanOrEqual(3);
      expect(sample.time / reader.track.timescale).toBeCloseTo(sample.index / 20, 6);
    }
    await reader.close();
  });

  it.each([
    ['libx264', 'yuv420p', 'H.264'],
    ['libsvtav1', 'yuv420p', 'AV1'],
    ['mpeg4', 'yuv420p', 'MPEG-4 Visual'],
  ])('that it encoded as %s are known for what they are', async (codec, pixels, name) => {
    const path = freshPath('theirs.mp4');
    await python(ENCODE, path, codec, pixels);
    const reader = await Mp4Reader.open(path);
    expect(reader.track).toMatchObject({ codec: null, name });
    await reader.close();
  });

  it('have the pictures at the times at which they were captured, to the last bit', async () => {
    const log = await watchedEpisode(png);
    const path = freshPath('side.mp4');
    expect(await writeVideo(log, 1, 0, path)).toBe(SEEN_FROM.length);
    const found = (await python(READ, path)) as Read;
    expect(found).toMatchObject({ codec: 'png', size: [WIDTH, HEIGHT] });
    for (const [i, row] of SEEN_FROM.entries()) {
      expect(found.times[i]).toBeCloseTo((row - SEEN_FROM[0]!) * PERIOD, 4);
      expect(found.first[i]).toEqual([...rgbOf(i).subarray(0, 3)]);
    }
  });

  it('take a camera’s JPEG files as they are', async () => {
    const log = await watchedEpisode(jpeg);
    const path = freshPath('side.mp4');
    await writeVideo(log, 1, 0, path);
    const found = (await python(READ, path)) as Read;
    expect(found.codec).toBe('mjpeg');
    const [frame] = await log.frames(1, 0, 1, 2);
    // Two decoders round a little differently.
    const own = decodePicture(frame!.data).data;
    for (const [i, value] of found.first[0]!.entries())
      expect(Math.abs(value - own[i]!)).toBeLessThanOrEqual(4);
  });

  it('of a LeRobot data set have one frame a row: black before the first picture, and a dropped one’s before again', async () => {
    const log = await watchedEpisode(png);
    const path = freshPath('dataset');
    await exported(log, 'lerobot', path);
    const found = (await python(READ, `${path}/videos/observation.images.side/**/*.mp4`)) as Read;
    expect(found.times.map((time) => Math.round(time / PERIOD))).toEqual([...Array(ROWS - 1).keys()]);
    const seen = Array.from(
      { length: ROWS - 1 },
      (_, row) => SEEN_FROM.filter((from) => from <= row).length - 1,
    );
    const wanted = seen.map((i) => (i < 0 ? [0, 0, 0] : [...rgbOf(i).subarray(0, 3)]));
    expect(found.first).toEqual(wanted);
    // Frames that are the same are so to the last bit.
    for (let row = 1; row < seen.length; row++) {
      expect(found.hashes[row] === found.hashes[row - 1]).toBe(seen[row] === seen[row - 1]);
    }
  });

  it('of a LeRobot data set begin where it says, also behind a picture that the last row of the episode before alone saw', async () => {
    const log = await cameraWorkspace(png);
    const path = freshPath('dataset');
    await exported(log, 'lerobot', path);
    const found = (await python(READ, `${path}/videos/observation.images.side/**/*.mp4`)) as Read;
    const bytes = await readFile(join(path, 'meta', 'episodes', 'chunk-000', 'file-000.parquet'));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const episodes = await parquetReadObjects({ file });
    const from = episodes.map((one) => Number(one['videos/observation.images.side/from_timestamp']));
    expect(from).toEqual([0, 9 * PERIOD]);
    for (const [i, begin] of from.entries()) {
      const first = found.times.findIndex((time) => Math.abs(time - begin) < 1e-4);
      const seen = [-1, -1, 0, 1, 1, 2, 2, 2];
      const wanted = seen.map((at) => (at < 0 ? [0, 0, 0] : [...rgbOf(10 * (i + 1) + at).subarray(0, 3)]));
      expect(found.first.slice(first, first + 8)).toEqual(wanted);
    }
  });
});
