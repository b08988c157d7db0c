import { z } from 'zod';
import type { ForesightError } from '../../shared/errors';

/** Longest message of a client, characters; the longest that the window sends are formulas and lists of episodes. */
const MOST_CHARACTERS = 2 ** 20;

const id = z.union([z.string().max(64), z.number().int()]);
/** oRPC's own number for "the client no longer wants an answer". */
const ABORT = 4;

/**
 * A message of oRPC's client as the contract uses it: a call with JSON, or the end of one. Its headers, its binary bodies
 * and its streams towards the core are not part of the contract.
 */
const Request = z.union([
  z.strictObject({ i: id, p: z.strictObject({ u: z.string().max(200).startsWith('/'), b: z.unknown() }) }),
  z.strictObject({ i: id, t: z.literal(ABORT), p: z.unknown().optional() }),
]);
export type Request = z.infer<typeof Request>;

/** The message, or why it is none, as a word for the terminal. */
export function parseRequest(message: unknown): Request | string {
  if (typeof message !== 'string') return 'it is not text';
  if (message.length > MOST_CHARACTERS) return `it is longer than ${MOST_CHARACTERS} characters`;
  let json: unknown;
  try {
    json = JSON.parse(message);
  } catch {
    return 'it is not JSON';
  }
  const parsed = Request.safeParse(json);
  return parsed.success ? parsed.data : 'it is no call of the contract';
}

export const isCall = (request: Request): boolean => !('t' in request);

/** An answer that fails with the one typed error, as oRPC writes it. */
export function failedAnswer(to: Request['i'], error: ForesightError): string {
  const { message } = error;
  const json = { defined: true, code: 'FORESIGHT', status: 422, message, data: error.toShape() };
  return JSON.stringify({ i: to, p: { s: 422, b: { json } } });
}
