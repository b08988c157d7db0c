import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where a workspace is when nobody says otherwise: FORESIGHT_DATA, else a folder a person finds again. */
export function defaultWorkspace(): string {
  return process.env.FORESIGHT_DATA || join(homedir(), 'Foresight');
}
