import { type PortListing, portName } from '../../shared/ports';

/** A port in a list: its firmware, where it was asked for it, and its name. */
export function portLabel(port: PortListing): string {
  return port.firmware ? `${port.firmware} · ${portName(port)}` : portName(port);
}

/** What the list of ports says at a glance. */
export function portsSentence(ports: readonly PortListing[]): string {
  if (ports.length === 0) return '';
  const bad = ports.filter((p) => p.problem !== null);
  const first = bad[0];
  const count = ports.length === 1 ? '1 port found' : `${ports.length} ports found`;
  return first ? `${count}; ${portName(first)}: ${first.problem}` : `${count}.`;
}
