import { protocol } from 'electron';

export const SCHEME = 'app';
export const ORIGIN = `${SCHEME}://foresight`;

/** Before Electron is ready: app:// behaves like https, with an origin of its own. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}
