import { DEFECT } from '../processes/defects';

/** What a terminal, a service manager and a closed terminal send to a program that shall end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One request to end may come on several ways: to the whole group, through npm, from the script that started us. */
const SAME_REQUEST_MS = 1000;

let asked: AbortController | undefined;

/**
 * The signal that this command was asked to end, and by what ("Ctrl-C", "SIGTERM"), as its reason. It stays asked: whatever the
 * command has under way or goes on to looks here. A second request, not just the same one on another way, ends the process at once.
 */
export function interrupts(): AbortSignal {
  if (asked) return asked.signal;
  const controller = new AbortController();
  asked = controller;
  let askedAt = 0;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (controller.signal.aborted) {
        if (performance.now() - askedAt > SAME_REQUEST_MS) process.exit(1);
        return;
      }
      askedAt = performance.now();
      controller.abort(signal === 'SIGINT' ? 'Ctrl-C' : signal);
    });
  }
  return controller.signal;
}

/** How the system says that nobody reads: a pipe, a pipe under Windows, a socket, a terminal that is closed. */
const NOBODY_READS = new Set(['EPIPE', 'EOF', 'ECONNRESET', 'EIO', 'ERR_STREAM_DESTROYED']);

/**
 * From now on this process ends quietly when nobody reads its output any more (`| head`): a command that has something under
 * way is asked to end as with Ctrl-C; of any other, what was to be read has been read. An output that could not be written for
 * another reason (a full disk) is not whole, so the command fails and says so.
 */
export function endWithOutput(): void {
  const onError = (error: NodeJS.ErrnoException) => {
    const isClosed = NOBODY_READS.has(error.code ?? '');
    // Whatever the command itself says: it may have done its work by now.
    if (!isClosed) process.once('exit', () => (process.exitCode = 1));
    if (asked) asked.abort(isClosed ? 'the end of whoever read the output' : 'an output that takes no more');
    else process.exit();
  };
  process.stderr.on('error', onError);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!NOBODY_READS.has(error.code ?? '')) {
      process.stderr.write(
        `foresight: The output is not whole: ${error.message}. Make room where it goes, or let it go elsewhere.\n`,
      );
    }
    onError(error);
  });
}

let watched = false;

/**
 * From now on what nobody caught is said and ends this command as Ctrl-C does, for it may have a rig that moves; a second
 * one ends the process at once.
 */
export function endOnDefect(): void {
  if (watched) return;
  watched = true;
  const onDefect = (thrown: unknown) => {
    console.error(thrown);
    process.exitCode = 1;
    if (!asked || asked.signal.aborted) process.exit();
    asked.abort(DEFECT);
  };
  process.on('uncaughtException', onDefect);
  process.on('unhandledRejection', onDefect);
}
