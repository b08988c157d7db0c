import { answerWords, type PortListing, portName } from '../../shared/ports';

/** A port in a list: its firmware, where it was asked for it, and its name. */
export function portLabel(port: PortListing): string {
  const answers = answerWords(port);
  const what = answers ?? port.product;
  const busy = port.busyWith.length > 0 ? ` · open in ${port.busyWith.join(', ')}` : '';
  return `${what ? `${what} · ` : ''}${portName(port)}${busy}`;
}

/** What is connected to when a port is chosen: the device by its key where it has one that no other has, else the port. */
export function portValue(port: PortListing, all: readonly PortListing[]): string {
  const same = all.filter(({ key }) => key === port.key);
  return port.key !== null && same.length === 1 ? port.key : port.path;
}

/** What the list of ports says at a glance. */
export function portsSentence(ports: readonly PortListing[]): string {
  if (ports.length === 0) return '';
  return ports.length === 1 ? '1 port found.' : `${ports.length} ports found.`;
}
