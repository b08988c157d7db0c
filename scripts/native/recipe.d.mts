/** Systems that a binary ships for: 'linux-x64', … */
export const TARGETS: Record<string, { triple: string; link: string[] }>;
export const native: string;
export const prebuilds: string;
export function binaryOf(folder: string, target: string): string;
/** SHA-256 of everything that the binaries are made of. */
export function hashOfSources(): string;
/** For which sources the committed binaries were made; '' where nothing is recorded. */
export function hashOfPrebuilds(): string;
