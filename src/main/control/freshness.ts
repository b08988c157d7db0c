import { ForesightError } from '../../shared/errors';
import type { RigFile } from '../../shared/rig';
import type { Observation } from '../rig/driver';

/** An observation that is older than so many periods is worth a word. */
const LATE_PERIODS = 2;

/** How old the newest observation is at a tick. */
export interface Freshness {
  /** Since it was measured, as far as that is known. */
  ageSeconds: number;
  /** A remark for the step; undefined where the observation is a new one and in time. */
  remark: string | undefined;
  /** Older than two periods. */
  late: boolean;
  /** So old that nothing may be done on it, with what to do about it. */
  tooOld: ForesightError | undefined;
}

/** @param isNew whether the step before had another one */
export function freshness(
  rig: Pick<RigFile, 'periodSeconds' | 'safety'>,
  observation: Observation,
  now: number,
  isNew: boolean,
): Freshness {
  const { periodSeconds, safety } = rig;
  const onItsWay = observation.delaySeconds ?? 0;
  const waited = now - observation.hostSeconds;
  const ageSeconds = waited + onItsWay;
  const late = ageSeconds > LATE_PERIODS * periodSeconds;
  const age = `${(ageSeconds * 1000).toFixed(0)} ms old`;
  const remark = !isNew
    ? `No new observation since the step before: the newest is ${age}.`
    : late
      ? `The observation came late: it is ${age}, of which ${(onItsWay * 1000).toFixed(0)} ms on its way.`
      : undefined;
  return { ageSeconds, remark, late, tooOld: tooOld(waited, onItsWay, safety.watchdogSeconds) };
}

function tooOld(waited: number, onItsWay: number, watchdogSeconds: number): ForesightError | undefined {
  const limit = `longer than the watchdog time of ${watchdogSeconds} s`;
  if (waited > watchdogSeconds) {
    return new ForesightError(
      'rig-silent',
      `No observation has come for ${waited.toFixed(2)} s, ${limit}.`,
      'Check the cable, the power and the sensors of the device, then press Resume.',
    );
  }
  if (waited + onItsWay <= watchdogSeconds) return undefined;
  return new ForesightError(
    'rig-silent',
    `Observations come late: the newest is ${(waited + onItsWay).toFixed(2)} s old, ${limit}.`,
    'Check what lies between this computer and the device (hubs, adapters, a radio link), then press Resume.',
  );
}
