/**
 * Asks for one thing at a time. Of what is wanted meanwhile only the newest is asked for, so that whoever drags or plays
 * faster than the core answers is never shown what was wanted long ago.
 */
export function newestOnly<Wanted>(ask: (wanted: Wanted) => Promise<void>): (wanted: Wanted) => void {
  let asking = false;
  let next: { wanted: Wanted } | null = null;
  const go = async () => {
    asking = true;
    while (next !== null) {
      const { wanted } = next;
      next = null;
      await ask(wanted);
    }
    asking = false;
  };
  return (wanted) => {
    next = { wanted };
    if (!asking) void go();
  };
}
