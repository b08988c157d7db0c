import type { EpisodeSummary } from '../../../shared/episode';
import { asForesightError } from '../../../shared/errors';
import { exportEpisodes, planExport } from '../../formats/export';
import { DEFAULT_NICE } from '../../jobs';
import { standBack } from '../../jobs/stand-back';
import { openLog } from '../../log';
import { childPort } from '../../processes/child-port';
import { heardOf } from '../../processes/heard';
import { chosenForExport } from './chosen';
import type { ExportJob, FromExportProcess, ToExportProcess } from './messages';
import { Scenes } from './scenes';

/**
 * Writes episodes in a format of other people's software, in a process of its own and at low priority: it reads the log beside
 * whoever records into it, and no recording waits for it. It ends when whoever started it is gone.
 */
const { port, host } = await childPort();
const post = (message: FromExportProcess) => port.post(message);
const stop = new AbortController();
port.onClose(() => process.kill(process.pid, 'SIGKILL'));
port.onMessage((message) => {
  const known = { export: true, cancel: true } as const;
  const asked = heardOf<ToExportProcess>(known, message, 'whoever started an export');
  if (asked?.type === 'cancel') stop.abort();
  else if (asked)
    void work(asked).then(post, (thrown) =>
      post({ type: 'failed', error: asForesightError(thrown).toShape() }),
    );
});

async function work({ workspace, format, ids, path }: ExportJob): Promise<FromExportProcess> {
  standBack(DEFAULT_NICE);
  const log = await openLog(workspace, { readonly: true });
  const scenes = new Scenes(log, host);
  try {
    const episodes = await chosenForExport(log, { episodes: ids });
    const scene = (episode: EpisodeSummary) => scenes.of(episode);
    if (path === null) return { type: 'planned', plan: await planExport(log, { format, episodes, scene }) };
    const options = { format, path, episodes, host, scene };
    const onProgress = (done: number, total: number) => post({ type: 'rows', done, total });
    const report = await exportEpisodes(log, options, { signal: stop.signal, onProgress });
    return { type: 'exported', report };
  } finally {
    await scenes.close();
    await log.close();
  }
}
