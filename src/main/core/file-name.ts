/** A name as part of a file's. */
export const fileName = (name: string): string =>
  name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60) || 'model';
