import { ForesightError } from '../../../../shared/errors';
import type { Readback } from '../../driver';
import type { DeviceLink, Request } from './device-link';
import { type DeviceMessage, ERROR_CODE, type HostMessage } from './protocol/messages';

export type Status = Extract<DeviceMessage, { kind: 'status' }>;

const ASK_EVERY_MS = 60;
const ASK_ATTEMPTS = 10;
/** Hold and release are asked for without end; after this long a person is told to cut the power. */
const UNCONFIRMED_MS = 500;

export interface AskOptions {
  everyMs?: number;
  attempts?: number;
  /** In the same turn in which the answer came. */
  onAnswer?: () => void;
}

/** What a driver asks of its device: ordinary requests, and hold and release, before which all others give way. */
export class DeviceRequests {
  /** The hold or release under way, and how its promise follows the one that replaces it. */
  private safety: { supersede(by: Promise<Readback>): void } | undefined;
  /** Resume and reset requests, which a hold ends at once. */
  private readonly yielding = new Set<Request<unknown>>();

  constructor(
    private readonly link: DeviceLink,
    /** A hold or release goes unanswered. */
    private readonly onUnconfirmed: (error: ForesightError) => void,
  ) {}

  /** Answered by a status, or refused; a hold or release does not end it. */
  ask(message: HostMessage, options: AskOptions = {}): Request<Status> {
    const where = this.link.transport.description;
    return this.link.request<Status>(message, {
      everyMs: options.everyMs ?? ASK_EVERY_MS,
      attempts: options.attempts ?? ASK_ATTEMPTS,
      accept: (answer) => {
        if (answer.kind === 'status') {
          options.onAnswer?.();
          return answer;
        }
        if (answer.kind !== 'error') return undefined;
        throw new ForesightError(
          'rig-refused',
          `The device on ${where} refused to ${message.kind}: ${answer.text}.`,
          answer.code === ERROR_CODE.halted ? 'Press Resume first.' : 'Check the device and its firmware.',
        );
      },
      unanswered: () =>
        new ForesightError(
          'rig-silent',
          `The device on ${where} does not answer the request to ${message.kind}.`,
          'Check the cable and the power of the device, then connect again.',
        ),
    });
  }

  /** As `ask`, ended by the next hold or release with code stopped. */
  async askUnlessHeld(message: HostMessage, options?: AskOptions): Promise<Readback> {
    const request = this.ask(message, options);
    this.yielding.add(request);
    try {
      return toReadback(await request.answer);
    } finally {
      this.yielding.delete(request);
    }
  }

  /** Hold or release: asked for until the device answers, whatever else is going on. The newest one wins. */
  makeSafe(kind: 'hold' | 'release'): Promise<Readback> {
    const stopped = new ForesightError('stopped', `The rig was asked to ${kind}.`, 'Press Resume to go on.');
    for (const request of this.yielding) request.cancel(stopped);
    const request = this.link.request<Status>(
      { kind },
      {
        everyMs: ASK_EVERY_MS,
        attempts: Number.POSITIVE_INFINITY,
        accept: (answer) => (answer.kind === 'status' ? answer : undefined),
        unanswered: () => stopped,
      },
    );
    const where = this.link.transport.description;
    const warning = setTimeout(() => {
      this.onUnconfirmed(
        new ForesightError(
          'rig-silent',
          `The device on ${where} has not confirmed the ${kind} for ${UNCONFIRMED_MS / 1000} s; it is still being asked.`,
          'If the rig moves, cut the power of its motors.',
        ),
      );
    }, UNCONFIRMED_MS);
    let replacement: Promise<Readback> | undefined;
    const own = {
      supersede: (by: Promise<Readback>) => {
        replacement = by;
        request.cancel(stopped);
      },
    };
    const readback = request.answer
      .then(toReadback, (reason) => replacement ?? Promise.reject(reason))
      .finally(() => {
        clearTimeout(warning);
        if (this.safety === own) this.safety = undefined;
      });
    this.safety?.supersede(readback);
    this.safety = own;
    return readback;
  }
}

function toReadback({ torque, halted, applied }: Status): Readback {
  return { torque, halted, applied };
}
