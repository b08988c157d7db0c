/** A camera as the browser lists it. */
export interface Device {
  /** Lasts while it stays plugged in where it is; on Linux it is the number that the system gave it. */
  deviceId: string;
  /** Maker, kind and USB numbers of the kind; two equal cameras have the same. */
  label: string;
}

/** Which one a person chose. */
export interface Chosen extends Device {
  /** There was another one of this name then, so that the name alone does not say which it is. */
  hasTwin: boolean;
}

export type Recognised =
  | { kind: 'none' }
  | { kind: 'found'; device: Device }
  /** It is there, or its twin is. */
  | { kind: 'ask' }
  | { kind: 'missing' };

/**
 * Which of the cameras that are plugged in is the one that was chosen. A camera whose name nothing else has, or ever had, is
 * known by its name, wherever it is plugged in. Of two with one name nothing lasts that tells them apart, so a person has
 * to say it again, unless none of them was unplugged since it was said (`isSettled`).
 */
export function recognise(chosen: Chosen | null, devices: readonly Device[], isSettled: boolean): Recognised {
  if (chosen === null) return { kind: 'none' };
  const alike = devices.filter(({ label }) => label === chosen.label);
  const [only] = alike;
  if (only === undefined) return { kind: 'missing' };
  if (alike.length === 1 && !chosen.hasTwin) return { kind: 'found', device: only };
  const same = alike.find(({ deviceId }) => deviceId === chosen.deviceId);
  return isSettled && same ? { kind: 'found', device: same } : { kind: 'ask' };
}

/** What is remembered of a choice. */
export function choice(device: Device, devices: readonly Device[]): Chosen {
  const hasTwin = devices.some(
    ({ deviceId, label }) => label === device.label && deviceId !== device.deviceId,
  );
  return { ...device, hasTwin };
}

/** Names of cameras of which one came or went between two looks: nothing is settled about them any more. */
export function changedLabels(before: readonly Device[], after: readonly Device[]): Set<string> {
  const missing = (some: readonly Device[], others: readonly Device[]) =>
    some.filter((one) => !others.some((o) => o.deviceId === one.deviceId && o.label === one.label));
  return new Set([...missing(before, after), ...missing(after, before)].map(({ label }) => label));
}
