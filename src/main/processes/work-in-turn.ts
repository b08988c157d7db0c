import type { MessagePort } from 'node:worker_threads';
import { asForesightError, type ErrorShape } from '../../shared/errors';
import { heardOf } from './heard';

/**
 * Works through the messages of a thread one after another. What goes wrong with one of them is answered by `failed`, and
 * nothing that comes ends the thread.
 */
export function workInTurn<M extends { type: string }>(
  port: MessagePort,
  known: Readonly<Record<M['type'], true>>,
  handle: (message: M) => Promise<void>,
  failed: (message: M, error: ErrorShape) => void,
): void {
  let work: Promise<void> = Promise.resolve();
  port.on('message', (raw: unknown) => {
    const message = heardOf<M>(known, raw, 'the part of Foresight that started a thread');
    if (!message) return;
    work = work
      .then(() => handle(message))
      .catch((thrown: unknown) => failed(message, asForesightError(thrown).toShape()))
      // Nobody can be told, not even that it failed.
      .catch((thrown: unknown) => console.error(thrown));
  });
}
