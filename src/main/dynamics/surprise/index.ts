export type { Surprise, WatchedStep } from './surprise-meter';
export { SurpriseMeter } from './surprise-meter';
export { SurpriseThread } from './surprise-thread';
