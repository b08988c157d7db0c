import type { Api } from '../api';
import { useLink } from '../api';
import { forgetEverything, takeBatch, takeStatus, useLive } from '../live/live';
import { notify, notifyError } from './notify';
import { queryClient } from './queries';

/** Pause before a stream that ended while its connection lives is opened again, ms. */
const REOPEN_MS = 1000;

/** Reads a stream for as long as its connection is the window's current one. */
async function follow<T>(
  generation: number,
  open: () => Promise<AsyncIterable<T>>,
  take: (value: T) => void,
): Promise<void> {
  const current = () => useLink.getState().generation === generation && useLink.getState().state === 'open';
  while (current()) {
    try {
      for await (const value of await open()) {
        if (!current()) return;
        take(value);
      }
    } catch (thrown) {
      if (!current()) return;
      notifyError(thrown);
    }
    await new Promise((resolve) => window.setTimeout(resolve, REOPEN_MS));
  }
}

/** A new connection: forget what the old core said, ask for everything anew, and follow its streams. */
export function followCore(client: Api, generation: number): void {
  forgetEverything();
  void queryClient.resetQueries();
  if (generation > 1) {
    notify(
      'warning',
      'The connection to the core was renewed.',
      'Everything is shown as the core has it now. See what the rig reports before you go on.',
    );
  }
  const openedAt = Date.now();
  // The stream carries changes; what holds at the moment is asked for.
  client.rig.status().then(takeStatus, notifyError);
  client.models.jobs().then((jobs) => useLive.setState({ jobs }), notifyError);

  void follow(
    generation,
    () => client.rig.telemetry(),
    (batch) => {
      takeBatch(batch);
      // What a rig has learned while it moved is among the policies now.
      if (batch.learning?.kept) void queryClient.invalidateQueries({ queryKey: ['policies'] });
    },
  );
  void follow(
    generation,
    () => client.models.progress(),
    (jobs) => {
      const running = (list: typeof jobs) => list.filter((job) => job.state === 'running').length;
      if (running(jobs) !== running(useLive.getState().jobs)) {
        void queryClient.invalidateQueries({ queryKey: ['models'] });
        void queryClient.invalidateQueries({ queryKey: ['policies'] });
      }
      useLive.setState({ jobs });
    },
  );
  void follow(
    generation,
    () => client.episodes.changes(),
    () => void queryClient.invalidateQueries({ queryKey: ['episodes'] }),
  );
  void follow(
    generation,
    () => client.app.notices(),
    (notice) => {
      // The stream begins with old ones; a person has seen or missed those long ago.
      if (notice.at >= openedAt - 5000) notify(notice.level, notice.message, notice.next);
    },
  );
}
