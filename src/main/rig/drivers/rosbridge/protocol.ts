import { z } from 'zod';

/** What a client says (rosbridge v2 protocol, RobotWebTools/rosbridge_suite, ROSBRIDGE_PROTOCOL.md). */
export type ClientOp =
  | { op: 'set_status_level'; level: 'error' | 'warning' | 'info' | 'none' }
  | { op: 'advertise'; id: string; topic: string; type: string }
  | { op: 'unadvertise'; id: string; topic: string }
  | { op: 'subscribe'; id: string; topic: string; type: string; throttle_rate: number; queue_length: number }
  | { op: 'unsubscribe'; id: string; topic: string }
  | { op: 'publish'; id: string; topic: string; msg: object }
  | { op: 'call_service'; id: string; service: string; type?: string; args: object };

const name = z.string().max(1000);
const id = z.union([z.string(), z.number()]).optional();

/** What a server says that a client has a use for. */
const ServerOp = z.discriminatedUnion('op', [
  z.object({ op: z.literal('publish'), topic: name, msg: z.record(z.string(), z.unknown()) }),
  z.object({
    op: z.literal('service_response'),
    id,
    service: name.optional(),
    /** Whether the call went through; left out by old servers. */
    result: z.boolean().default(true),
    /** The answer, or why there is none. */
    values: z.unknown(),
  }),
  z.object({
    op: z.literal('status'),
    id,
    level: z.string().default('error'),
    msg: z.unknown(),
  }),
]);
export type ServerOp = z.infer<typeof ServerOp>;

/** A number that JSON has not: some servers write it all the same. */
const NO_JSON = /(?<=[[,:]\s*)(?:NaN|-?Infinity)(?=\s*[\],}])/g;

/** One message of a server; undefined for anything that is none. Never throws. */
export function decodeServerOp(text: string): ServerOp | undefined {
  const parsed = ServerOp.safeParse(parsedJson(text));
  return parsed.success ? parsed.data : undefined;
}

export function parsedJson(text: string): unknown {
  for (const attempt of [text, text.replace(NO_JSON, 'null')]) {
    try {
      return JSON.parse(attempt);
    } catch {
      // Damaged, or no JSON at all.
    }
  }
  return undefined;
}
