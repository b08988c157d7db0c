import type { PortListing } from '../../shared/rig';

/** A port's stable name first: what stays the same when the cable is put into another socket. */
export function portLabel(port: PortListing): string {
  const named = port.serialNumber ? `${port.serialNumber} (${port.path})` : port.path;
  return port.firmware ? `${port.firmware} · ${named}` : named;
}

/** What the list of ports says at a glance. */
export function portsSentence(ports: readonly PortListing[]): string {
  if (ports.length === 0) return '';
  const bad = ports.filter((p) => p.problem !== null);
  const first = bad[0];
  const count = ports.length === 1 ? '1 port found' : `${ports.length} ports found`;
  return first ? `${count}; ${first.path}: ${first.problem}` : `${count}.`;
}
