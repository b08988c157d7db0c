import type { ImportHead, ImportReport } from '../../../shared/import';
import type { Sending } from './sending';

/** How far an import is. */
export type ImportStep =
  | { kind: 'looking' }
  | { kind: 'dataset'; sending: Sending }
  | { kind: 'choosing'; head: ImportHead }
  | { kind: 'sending' | 'reading'; head: ImportHead; share: number }
  | { kind: 'done'; report: ImportReport };

/** How far it is, which may be said late: what has ended meanwhile stays as it ended. */
export function progressed(now: ImportStep, share: number): ImportStep {
  return now.kind === 'sending' || now.kind === 'reading' ? { ...now, share } : now;
}
