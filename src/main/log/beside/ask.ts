import { connect } from 'node:net';
import { z } from 'zod';
import { ErrorShape, ForesightError } from '../../../shared/errors';
import type { Endpoint } from './endpoint';
import { encodeFrame, type Frame, FrameReader, MOST_BODY_BYTES } from './frames';

const Answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: ErrorShape }),
]);

/** Nobody was reached: nothing was asked. */
export const NOBODY = Symbol('nobody');
/** It was asked, and the connection ended before an answer: nobody knows whether it was done. */
export const NO_ANSWER = Symbol('no answer');

/**
 * Asks the process that has a workspace open.
 * @returns its answer, NOBODY or NO_ANSWER
 * @throws ForesightError what it refused with, or wrong-use when there is more to say than can be said at once
 */
export function askHolder(endpoint: Endpoint, request: Frame): Promise<unknown> {
  if (request.body.byteLength > MOST_BODY_BYTES) {
    throw new ForesightError(
      'wrong-use',
      `These are ${Math.round(request.body.byteLength / 2 ** 20)} MB, more than the ${MOST_BODY_BYTES / 2 ** 20} MB that go through the Foresight that has the workspace open.`,
      'Close that one and try again, or import the files in parts.',
    );
  }
  return new Promise((resolve, reject) => {
    let asked = false;
    let answered = false;
    const reader = new FrameReader();
    const socket = connect(endpoint.path, () => {
      asked = true;
      const document = { token: endpoint.token, request: request.document };
      for (const part of encodeFrame({ document, body: request.body })) socket.write(part);
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      if (!answered) resolve(asked ? NO_ANSWER : NOBODY);
    });
    socket.on('data', (part: Buffer) => {
      try {
        const frame = reader.push(part);
        if (frame === undefined) return;
        answered = true;
        const answer = Answer.parse(frame.document);
        if (answer.ok) resolve(answer.value);
        else reject(ForesightError.fromShape(answer.error));
      } catch (thrown) {
        answered = true;
        reject(thrown);
      }
      socket.destroy();
    });
  });
}
