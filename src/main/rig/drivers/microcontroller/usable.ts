import { ForesightError } from '../../../../shared/errors';
import type { ObservationChannel } from '../../../../shared/rig';

/**
 * Why an observation [channels] of the device on `where` cannot be used, with the channels by name; undefined when it
 * can. Code bad-data.
 */
export function unusable(
  values: ArrayLike<number>,
  channels: readonly ObservationChannel[],
  where: string,
): ForesightError | undefined {
  const names = channels.map(({ name }) => name);
  if (values.length !== names.length) {
    const missing = names.slice(values.length);
    const which =
      missing.length > 0
        ? `${missing.join(', ')} missing`
        : `more than ${names.at(-1)}, which is the last one`;
    return new ForesightError(
      'bad-data',
      `The device on ${where} sends ${count(values.length)} where the rig has ${count(names.length, 'channel')}: ${which}.`,
      'Flash the firmware that belongs to this rig, or correct the observations in rig.json; then press Resume.',
    );
  }
  const bad = names.filter((_, i) => !Number.isFinite(values[i]));
  if (bad.length === 0) return undefined;
  const readings = names.flatMap((name, i) => (bad.includes(name) ? [`${name} reads ${values[i]}`] : []));
  return new ForesightError(
    'bad-data',
    `${readings.join(', ')} (device on ${where}).`,
    `Check the sensor of ${bad.join(', ')} and its wiring, then press Resume.`,
  );
}

/** A frame that says it is an observation and whose payload is not one. */
export function unreadableObservation(payload: Uint8Array, where: string): ForesightError {
  const said = payload[0];
  const what =
    said === undefined
      ? 'it is empty'
      : `it says ${count(said)}, which take ${1 + 4 * said} bytes, and has ${payload.length}`;
  return new ForesightError(
    'bad-data',
    `An observation of the device on ${where} cannot be read: ${what}.`,
    'Flash the firmware that belongs to this version of Foresight, then press Resume.',
  );
}

function count(n: number, word = 'value'): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}
