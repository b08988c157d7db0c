import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { DeviceLink } from './device-link';
import { type DeviceMessage, PROTOCOL_VERSION, UNASKED } from './protocol/messages';

export type Hello = Extract<DeviceMessage, { kind: 'hello' }>;

/** Boards that restart when their port is opened need up to two seconds to answer. */
export const HELLO_TIMEOUT_SECONDS = 3;
const HELLO_EVERY_MS = 150;

/**
 * Asks who is there. A hello that a board sends when it starts counts as well. Rejects with rig-silent,
 * rig-garbled or rig-refused after `timeoutSeconds`, or with the transport's reason when that goes away.
 */
export async function askHello(link: DeviceLink, timeoutSeconds = HELLO_TIMEOUT_SECONDS): Promise<Hello> {
  const attempts = Math.ceil((timeoutSeconds * 1000) / HELLO_EVERY_MS);
  const request = link.request<Hello>(
    { kind: 'helloRequest', version: PROTOCOL_VERSION },
    {
      everyMs: HELLO_EVERY_MS,
      attempts,
      accept: (message) => {
        if (message.kind === 'hello') return message;
        if (message.kind === 'error') throw refusedHello(link, `answers "${message.text}"`);
        return undefined;
      },
      unanswered: () => noHello(link),
    },
  );
  let unasked: ((hello: Hello) => void) | undefined;
  const first = new Promise<Hello>((resolve) => {
    unasked = resolve;
  });
  const listening = link.onMessage(({ message }) => {
    if (message.kind === 'hello' && message.answers === UNASKED) unasked?.(message);
  });
  try {
    const hello = await Promise.race([request.answer, first]);
    if (hello.version !== PROTOCOL_VERSION) {
      throw refusedHello(
        link,
        `speaks version ${hello.version} of the protocol, Foresight ${PROTOCOL_VERSION}`,
      );
    }
    return hello;
  } finally {
    listening.dispose();
    request.answer.catch(() => {});
    request.cancel(undefined);
  }
}

/** Why no hello came: nothing, rubbish, or something else that speaks in frames. */
function noHello(link: DeviceLink): ForesightError {
  const { bytes, frames } = link.counters();
  const where = link.transport.description;
  if (bytes === 0) {
    return new ForesightError(
      'rig-silent',
      `Nothing answers on ${where}.`,
      'Check that the device has power and runs its firmware, and that this is its port.',
    );
  }
  if (frames === 0) {
    return new ForesightError(
      'rig-garbled',
      `${bytes} bytes came on ${where}, but no valid frame among them.`,
      'Check the baud rate in rig.json against the firmware, the cable, and whether this is another device’s port.',
    );
  }
  return refusedHello(link, 'sends valid frames but no hello');
}

function refusedHello(link: DeviceLink, what: string): ForesightError {
  return new ForesightError(
    'rig-refused',
    `The device on ${link.transport.description} ${what}.`,
    'Flash the firmware that belongs to this version of Foresight.',
  );
}

/** Compares what the device says about itself with rig.json; every difference stands in the sentence. */
export function checkHello(hello: Hello, rig: Rig, where: string): void {
  const expected = rig.file.serial?.firmware;
  if (expected !== undefined && hello.firmware !== expected) {
    throw new ForesightError(
      'rig-refused',
      `The device on ${where} runs the firmware "${hello.firmware}", the rig "${rig.file.name}" needs "${expected}".`,
      'Choose another port, choose the rig that belongs to this device, or flash the right firmware.',
    );
  }
  const problems = (['observations', 'actions'] as const).flatMap((list) => {
    const [said, wanted] = [hello[list], rig.file[list]];
    if (said.length !== wanted.length)
      return [`${list}: ${wanted.length} expected, the device has ${said.length}`];
    return wanted.flatMap((channel, i) => {
      const other = said[i];
      if (other?.name === channel.name && other.unit === channel.unit) return [];
      return [
        `${list}[${i}]: "${channel.name}" [${channel.unit}] expected, the device has "${other?.name}" [${other?.unit}]`,
      ];
    });
  });
  const periodMicros = Math.round(rig.file.periodSeconds * 1e6);
  if (hello.periodMicros > periodMicros) {
    problems.push(
      `periodSeconds: ${rig.file.periodSeconds} expected, the device is no faster than ${hello.periodMicros / 1e6}`,
    );
  }
  if (problems.length === 0) return;
  throw new ForesightError(
    'rig-refused',
    `The device on ${where} does not fit the rig "${rig.file.name}": ${problems.join('; ')}.`,
    'Correct rig.json, or flash the firmware that belongs to this rig.',
  );
}
