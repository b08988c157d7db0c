export interface AppArguments {
  /** Workspace folder, when named with `--data`. */
  data: string | undefined;
  /** A command of the command line (`Foresight demo --seed 1`) instead of the window; what follows the program. */
  command: string[] | undefined;
}

/**
 * What the person who started the app asked for. `argv` starts with the program; run from a checkout, the app's path
 * follows. Electron's own options (`--ozone-platform=headless`) come before ours.
 */
export function appArguments(argv: readonly string[], fromCheckout: boolean): AppArguments {
  const given = argv.slice(fromCheckout ? appPathAt(argv) + 1 : 1);
  const own = given.slice(leading(given, isElectrons));
  const at = own.findIndex((argument) => argument === '--data' || argument.startsWith('--data='));
  const data = at < 0 ? undefined : own[at]?.startsWith('--data=') ? own[at].slice(7) : own[at + 1];
  const isCommand = own[0] !== undefined && !own[0].startsWith('-');
  return { data, command: isCommand ? own : undefined };
}

function leading<T>(list: readonly T[], is: (item: T) => boolean): number {
  const end = list.findIndex((item) => !is(item));
  return end < 0 ? list.length : end;
}

function isElectrons(argument: string): boolean {
  return argument.startsWith('--') && !/^--data(=|$)/.test(argument);
}

/** Electron's own options are single words, but for the module to require. */
function appPathAt(argv: readonly string[]): number {
  return argv.findIndex(
    (argument, at) =>
      at > 0 && !argument.startsWith('-') && !['-r', '--require'].includes(argv[at - 1] as string),
  );
}
