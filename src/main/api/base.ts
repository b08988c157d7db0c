import { implement, ORPCError, ValidationError } from '@orpc/server';
import { contract } from '../../shared/contract';
import { asForesightError, ForesightError } from '../../shared/errors';
import type { Core } from '../core';
import type { Client } from '../core/clients';

export interface CallContext {
  core: Core;
  client: Client;
  /**
   * Work whose answer may be large: begun when the one before it of this name has been done for this client and its answer
   * has left, so that a client has one of them in memory at a time.
   */
  inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

/**
 * The contract with the core behind it. Whatever a room throws crosses the boundary as the one typed error of the
 * contract; input that does not fit the contract becomes one too, with the path of the field.
 */
export const api = implement(contract)
  .$context<CallContext>()
  .use(async ({ next }) => {
    try {
      return await next();
    } catch (thrown) {
      throw toContractError(thrown);
    }
  });

function toContractError(thrown: unknown): ORPCError<'FORESIGHT', unknown> {
  const error = asForesightError(inputProblem(thrown) ?? thrown);
  return new ORPCError('FORESIGHT', {
    defined: true,
    status: 422,
    message: error.message,
    data: error.toShape(),
    cause: thrown,
  });
}

function inputProblem(thrown: unknown): ForesightError | undefined {
  if (!(thrown instanceof ORPCError) || !(thrown.cause instanceof ValidationError)) return undefined;
  const issue = thrown.cause.issues[0];
  const path = issue?.path
    ?.map((part) => (typeof part === 'object' ? String(part.key) : String(part)))
    .join('.');
  return new ForesightError(
    'wrong-use',
    `The request does not fit the contract${path ? ` at ${path}` : ''}: ${issue?.message ?? thrown.message}`,
    'Correct the value and try again.',
    { cause: thrown },
  );
}
