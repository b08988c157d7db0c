import { describe, expect, it } from 'vitest';
import { HEIGHT, png, ROWS, rgbOf, SEEN_FROM, WIDTH, watchedEpisode } from '../formats/watched-episode';
import { contentOf, exported, freshLog, freshPath, imported, workspaceWith } from '../formats/workspaces';
import { lacksModules, python } from './python';

/** Everything lies here: nothing is looked for elsewhere. */
const OFFLINE = `
import os
os.environ["HF_HUB_OFFLINE"] = "1"
`;

const READ = `${OFFLINE}
import json, sys
from lerobot.datasets.lerobot_dataset import LeRobotDataset
data = LeRobotDataset("foresight/bench-arm", root=sys.argv[1])
frames = [data[i] for i in range(len(data))]
print(json.dumps({
    "episodes": data.num_episodes, "fps": data.fps, "frames": len(data),
    "state": [v for f in frames for v in f["observation.state"].tolist()],
    "action": [float(f["action"]) for f in frames], "reward": [float(f["next.reward"]) for f in frames],
    "tasks": sorted({f["task"] for f in frames}), "done": [i for i, f in enumerate(frames) if bool(f["next.done"])],
    "mean": data.meta.stats["observation.state"]["mean"].tolist(),
}))
`;

const WRITE = `${OFFLINE}
import json, sys
import numpy as np
from lerobot.datasets.lerobot_dataset import LeRobotDataset
vector = lambda names: {"dtype": "float32", "shape": (len(names),), "names": names}
data = LeRobotDataset.create("theirs/arm", fps=20, root=sys.argv[1], robot_type="arm", use_videos=False, features={
    "observation.state": vector(["shoulder", "elbow"]), "action": vector(["shoulder", "elbow"])})
rng, rows = np.random.default_rng(5), []
for length, task in ((12, "stack"), (9, "sort")):
    for _ in range(length):
        frame = {k: rng.normal(size=2).astype(np.float32) for k in ("observation.state", "action")}
        rows.append([frame["observation.state"].tolist(), frame["action"].tolist()])
        data.add_frame({**frame, "task": task})
    data.save_episode()
data.finalize()
print(json.dumps(rows))
`;

/** With PyAV, which brings FFmpeg with it. */
const SEE = `${OFFLINE}
import json, sys
from lerobot.datasets.lerobot_dataset import LeRobotDataset
data = LeRobotDataset("foresight/bench-arm", root=sys.argv[1], video_backend="pyav")
frames = [(data[i]["observation.images.side"] * 255).round().int() for i in range(len(data))]
stats = data.meta.stats["observation.images.side"]
print(json.dumps({
    "shape": list(frames[0].shape), "frames": [f.permute(1, 2, 0).flatten().tolist() for f in frames],
    "mean": stats["mean"].flatten().tolist(), "max": stats["max"].flatten().tolist(),
}))
`;

const isAsked = process.env.FORESIGHT_INTEROP_ALL === '1';

/** Only where it is asked for (npm run test:interop -- --all): it brings gigabytes with it. */
describe.skipIf(!isAsked || (await lacksModules('lerobot')))('LeRobot itself', () => {
  it('loads what Foresight writes and goes through its frames, equal in 32 bits', async () => {
    const log = await workspaceWith(40, 25);
    const path = freshPath('dataset');
    await exported(log, 'lerobot', path);
    const found = (await python(READ, path)) as Record<string, unknown> & { mean: number[] };
    const both = [(await contentOf(log, 1)).numbers, (await contentOf(log, 2)).numbers];
    const single = (values: (number | null)[]) => values.map((v) => Math.fround(v ?? 0));
    const state = single(both.flatMap(({ observations }) => observations.slice(0, -2)));
    expect(found).toMatchObject({
      ...{ episodes: 2, fps: 50, frames: 63, tasks: ['random on bench-arm'], done: [38, 62], state },
      action: single(both.flatMap(({ actions }) => actions.slice(0, -1))),
      reward: single(both.flatMap(({ reward }) => reward.slice(1))),
    });
    const angles = state.filter((_, i) => i % 2 === 0);
    expect(found.mean[0]).toBeCloseTo(angles.reduce((sum, v) => sum + v, 0) / angles.length, 5);
  });

  it('goes through the pictures of a camera, each row the one that its step saw, to the last bit', async () => {
    const log = await watchedEpisode(png);
    const path = freshPath('dataset');
    await exported(log, 'lerobot', path);
    const found = (await python(SEE, path)) as {
      shape: number[];
      frames: number[][];
      mean: number[];
      max: number[];
    };
    expect(found.shape).toEqual([3, HEIGHT, WIDTH]);
    const wanted = Array.from({ length: ROWS - 1 }, (_, row) => {
      const seen = SEEN_FROM.filter((from) => from <= row).length - 1;
      return [...(seen < 0 ? new Uint8Array(3 * WIDTH * HEIGHT) : rgbOf(seen))];
    });
    expect(found.frames).toEqual(wanted);
    const reds = wanted.flatMap((frame) => frame.filter((_, at) => at % 3 === 0)).map((value) => value / 255);
    expect(found.max[0]).toBeCloseTo(Math.max(...reds), 6);
  });

  it('writes what is imported number for number, with its tasks', async () => {
    const path = freshPath('theirs');
    const rows = (await python(WRITE, path)) as [number[], number[]][];
    const log = await freshLog();
    const { head } = await imported(log, path);
    expect(head).toMatchObject({ format: 'LeRobot v3.0', rig: 'arm', periodSeconds: 0.05, episodes: 2 });
    const { numbers, observations, actions } = await contentOf(log, 2);
    const second = rows.slice(12);
    expect(numbers.observations).toEqual(second.flatMap(([state]) => state));
    expect(numbers.actions).toEqual([...second.slice(0, -1).flatMap(([, action]) => action), null, null]);
    expect(observations.map(({ name }) => name)).toEqual(['shoulder', 'elbow']);
    expect(actions.map(({ name }) => name)).toEqual(['action_shoulder', 'action_elbow']);
    expect((await log.events(2)).map(({ message }) => message)).toContain('Task: sort');
  });
});
