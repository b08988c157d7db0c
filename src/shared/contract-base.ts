import { oc } from '@orpc/contract';
import { z } from 'zod';
import { ERROR_CODES } from './errors';

/** What all parts of the contract are made of. Every failure is the one typed error FORESIGHT, whose data is an ErrorShape (errors.ts). */
export const base = oc.errors({
  FORESIGHT: {
    status: 422,
    data: z.object({ code: z.enum(ERROR_CODES), message: z.string(), next: z.string() }),
  },
});
export const nothing = z.object({});

/** What a client may ask for is limited: nothing that it sends may keep the core busy or fill it. */
export const name = z.string().max(300);
export const ids = z.array(z.number().int()).max(100_000);
export const tags = z.array(name).max(100);
