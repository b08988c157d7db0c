interface Listed {
  name: string;
  title: string;
  driver: string;
}

/** How a rig is reached, where it is not a serial port. */
const WAYS: Partial<Record<string, string>> = { mujoco: 'simulated here', rosbridge: 'rosbridge' };

export const wayTo = ({ driver }: Pick<Listed, 'driver'>): string => WAYS[driver] ?? 'serial port';

/** Those in whose name, title, driver or way each of the words is. */
export function rigsFound<R extends Listed>(rigs: readonly R[], sought: string): R[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  return rigs.filter((rig) => {
    const text = `${rig.name} ${rig.title} ${rig.driver} ${wayTo(rig)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
