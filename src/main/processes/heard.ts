import type { z } from 'zod';

/** Of each sender, so many remarks on what is not understood; a flood shall not become one on the terminal as well. */
const REMARKS = 3;
const remarks = new Map<string, number>();

/**
 * What another process or thread said, when it fits its schema. Anything else is dropped with a word on stderr: a
 * message is never a reason to end, whoever sent it.
 * @param from who sent it, for the remark
 */
export function heard<T>(schema: z.ZodType<T>, message: unknown, from: string): T | undefined {
  const parsed = schema.safeParse(message);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  remark(from, `${issue?.path.join('.') || 'the message'}: ${issue?.message ?? 'not understood'}`);
  return undefined;
}

/**
 * As `heard`, where the content is large and whoever works on it answers what is wrong with it: only that the message is
 * of a type that is known there.
 */
export function heardOf<M extends { type: string }>(
  known: Readonly<Record<M['type'], true>>,
  message: unknown,
  from: string,
): M | undefined {
  const type = typeOf(message);
  if (typeof type === 'string' && Object.hasOwn(known, type)) return message as M;
  remark(from, 'its type is not known');
  return undefined;
}

/** The `type` of a message, whatever that is and whoever sent it. */
export function typeOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined;
}

function remark(from: string, what: string): void {
  const said = remarks.get(from) ?? 0;
  if (said >= REMARKS) return;
  remarks.set(from, said + 1);
  const more = said + 1 === REMARKS ? ' Further ones are dropped without a word.' : '';
  console.error(`A message from ${from} was dropped (${what}).${more}`);
}
