export interface FormulaPart {
  text: string;
  marked: boolean;
  /** Where it begins, for keys. */
  at: number;
}

/**
 * Cuts a formula so that the faulty range can be marked. An empty range (something is missing there) marks one
 * space at that place; no range at all marks everything, positions outside are brought inside.
 */
export function markFormula(formula: string, from: number | null, to: number | null): FormulaPart[] {
  if (from === null) return formula === '' ? [] : [{ text: formula, marked: true, at: 0 }];
  const start = Math.min(Math.max(0, Math.trunc(from)), formula.length);
  const end = Math.min(Math.max(start, Math.trunc(to ?? start)), formula.length);
  const parts: FormulaPart[] = [];
  if (start > 0) parts.push({ text: formula.slice(0, start), marked: false, at: 0 });
  parts.push({ text: formula.slice(start, end) || '\u00a0', marked: true, at: start });
  if (end < formula.length)
    parts.push({ text: formula.slice(end), marked: false, at: end === start ? end + 0.5 : end });
  return parts;
}
