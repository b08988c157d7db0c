import { Random } from '../../shared/random';
import { Episodes } from '../core/episodes';
import { openLog } from '../log';
import type { Log, PageAsked } from '../log/types';
import { addMadeEpisodes, madeColumns } from './made-episodes';

/** What a person waits for in a workspace of many episodes, ms each time that it was asked for. */
export interface Waited {
  name: string;
  barMs: number;
  took: number[];
}

const TIMES = 9;
/** So many are added in one import. */
const AT_ONCE = 10_000;
const PAGE = 150;

/** What the window asks for as its list is opened, gone to the end of, sorted, narrowed and searched. */
const ASKED: Record<string, PageAsked> = {
  'is listed': {},
  'is listed, at its end': { offset: -1 },
  'is sorted by return': { order: 'return' },
  'is narrowed to what is doubtful': { doubtful: true },
  'is narrowed to a tag': { tags: ['seventh'] },
  'is searched for a word that is there once': { text: 'needle' },
  'is searched for a word that is everywhere': { text: 'bench' },
};

/**
 * A workspace of 10⁶ steps in 2,000 episodes, and one of very many small ones: how long their lists take through the log's thread,
 * and an episode of each until it can be drawn.
 * @param folder each workspace gets a folder of its own in it
 */
export async function benchLists(
  folder: (name: string) => string,
  workspaces: readonly { episodes: number; rows: number }[] = [
    { episodes: 2000, rows: 501 },
    { episodes: 200_000, rows: 2 },
  ],
): Promise<Waited[]> {
  const waited: Waited[] = [];
  for (const { episodes, rows } of workspaces) {
    const workspace = folder(`lists-${episodes}`);
    const filled = await openLog(workspace);
    await fill(filled, episodes, rows).finally(() => filled.close());
    const log = await openLog(workspace);
    try {
      const what = `${episodes} episodes of ${rows - 1} steps`;
      for (const [name, asked] of Object.entries(ASKED)) {
        const offset = asked.offset === -1 ? episodes - PAGE : 0;
        const took = await times(() => log.episodePage({ ...asked, offset, limit: PAGE }));
        waited.push({ name: `${what}: the list ${name}`, barMs: 1000, took });
      }
      const random = new Random(1);
      const views = new Episodes(log);
      const took = await times(() => views.view(1 + Math.floor(random.uniformIn(0, episodes))));
      waited.push({ name: `${what}: an episode is shown`, barMs: 150, took });
    } finally {
      await log.close();
    }
  }
  return waited;
}

async function fill(log: Log, episodes: number, rows: number): Promise<void> {
  const columns = madeColumns(rows, new Random(0));
  const atOnce = Math.min(AT_ONCE, Math.ceil(5e6 / rows));
  for (let made = 0; made < episodes; made += atOnce) {
    await addMadeEpisodes(log, Math.min(atOnce, episodes - made), columns);
  }
  const every7 = Array.from({ length: Math.floor(episodes / 7) }, (_, i) => 7 * (i + 1));
  await log.tagEpisodes(every7, ['seventh']);
  await log.addNote(Math.ceil(episodes / 2), 0, 'needle');
}

async function times(work: () => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    const began = performance.now();
    await work();
    took.push(performance.now() - began);
  }
  return took;
}
