import type { Options } from 'better-sqlite3';

/** Where SQLite's native part lies when it is not the one in the package: BETTER_SQLITE3_BINDING names the file. */
export function sqliteOptions(): Options {
  const nativeBinding = process.env.BETTER_SQLITE3_BINDING;
  return nativeBinding === undefined || nativeBinding === '' ? {} : { nativeBinding };
}
