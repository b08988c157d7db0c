import { z } from 'zod';
import { ErrorShape } from '../../shared/errors';

/** To a process that reads what came from elsewhere: one question after the other. */
export interface Question<Asked> {
  /** Counts up. */
  number: number;
  asked: Asked;
  /** After this long without an answer the process ends itself, seconds. */
  limitSeconds: number;
}

/** Said once, when the process has loaded what it reads with: from then on it can be asked. */
export const READY = { ready: true } as const;

export type Reply<Answered> = { number: number; answer: Answered } | { number: number; error: ErrorShape };

/** What both must look like to be taken for one; the inside is checked by whoever asks and answers. */
const number = z.number().int();
export const AnyQuestion: z.ZodType<Question<unknown>> = z.object({
  ...{ number, asked: z.unknown(), limitSeconds: z.number().positive() },
});
export const AnyReply: z.ZodType<Reply<unknown> | typeof READY> = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ number, error: ErrorShape }),
  z.object({ number, answer: z.unknown() }),
]);
