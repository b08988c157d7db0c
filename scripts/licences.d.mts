/** One package that ships. */
export interface Shipped {
  name: string;
  version: string;
  homepage?: string;
  /** As the package names it. */
  licence: string | null;
  /** The licence's words, from the package or by its name; null where they are not here. */
  text: string | null;
}
export function carriedPackages(): string[];
export function licenceOf(name: string): Shipped;
export function isAgreed(licence: string | null): boolean;
