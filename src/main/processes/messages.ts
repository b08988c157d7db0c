import { z } from 'zod';
import { ErrorShape } from '../../shared/errors';
import { Notice } from '../../shared/telemetry';
import { ENTRY_NAMES } from './entry';

/**
 * What the processes of Foresight say to each other about starting and ending. Every one of these is parsed where it
 * arrives: the other side may be damaged, of another version, or somebody else.
 */

const id = z.number().int();
const sentence = z.string();
const Entry = z.enum(ENTRY_NAMES);

/**
 * A utility process cannot start utility processes; Electron's main process does it on request, and `foresight serve`
 * does so that an e-stop reaches a rig process past its core.
 */
export const ToSupervisor = z.discriminatedUnion('type', [
  z.object({
    ...{ type: z.literal('spawn'), id, entry: Entry, label: z.string().max(500) },
    args: z.array(z.string().max(10_000)).max(100),
  }),
  z.object({ type: z.literal('kill'), id }),
]);
export type ToSupervisor = z.infer<typeof ToSupervisor>;

export const FromSupervisor = z.discriminatedUnion('type', [
  /** Carries the MessagePort to the new process as `ports[0]`; the process gets the other end as `{type: 'port'}`. */
  z.object({ type: z.literal('spawned'), id, pid: z.number().optional() }),
  z.object({ type: z.literal('spawn-failed'), id, reason: sentence }),
  /** `reason` is a sentence: "Rig process ended with code 1." */
  z.object({ type: z.literal('exited'), id, reason: sentence }),
]);
export type FromSupervisor = z.infer<typeof FromSupervisor>;

/** From the supervisor to the core, besides those above. */
export const ToCore = z.discriminatedUnion('type', [
  z.object({
    ...{ type: z.literal('start'), folder: z.string().min(1), version: z.string() },
    notice: Notice.omit({ at: true }).optional(),
  }),
  /** A client's port comes with it. */
  z.object({ type: z.literal('client') }),
  z.object({ type: z.literal('shutdown') }),
]);
export type ToCore = z.infer<typeof ToCore>;

export const FromCore = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** The core cannot serve this workspace (another Foresight has it open, ...): starting again would not help. */
  z.object({ type: z.literal('failed'), error: ErrorShape }),
]);
export type FromCore = z.infer<typeof FromCore>;

/**
 * Many ports over the one IPC channel of a forked process, where Electron would hand over MessagePorts: `to` 0 is
 * the process itself, any other number a port. Ports are opened by the parent only, by naming them in `ports`. An
 * envelope carries a message or says that its port is closed; one that does neither is none.
 */
export const Envelope: z.ZodType<Envelope> = z
  .object({
    to: id.min(0),
    data: z.unknown().optional(),
    ports: z.array(id.min(1)).max(16).optional(),
    closed: z.literal(true).optional(),
  })
  .refine(({ to, data, closed }) => (closed ? to > 0 : data !== undefined));
export interface Envelope {
  to: number;
  data?: unknown;
  ports?: number[] | undefined;
  closed?: true | undefined;
}

/** Words of several conversations travel on one way; by their types each is left to whoever it is for. */
const typesOf = (words: typeof ToSupervisor | typeof FromSupervisor): ReadonlySet<unknown> =>
  new Set(words.options.map(({ shape }) => shape.type.value));
export const TO_SUPERVISOR_TYPES = typesOf(ToSupervisor);
export const FROM_SUPERVISOR_TYPES = typesOf(FromSupervisor);
